-- What a run of killmails_backfill has planned, how far its stretches are and what it came to, as recorded last (a task may
-- be run again). Grain: one row per stage (plan, progress, sum_up), metric and label; that of progress is a stretch.
-- Parameters: dag_id, run_id.
SELECT
    figures.stage,
    figures.metric,
    figures.label,
    figures.value,
    figures.at
FROM ops.run_metrics AS figures
WHERE
    figures.run_id = :run_id
    AND figures.dag_id = :dag_id
    AND figures.stage IN ('plan', 'progress', 'sum_up')
    AND figures.at = (
        SELECT max(latest.at)
        FROM ops.run_metrics AS latest
        WHERE
            latest.run_id = figures.run_id AND latest.dag_id = figures.dag_id AND latest.stage = figures.stage
            AND (figures.stage != 'progress' OR latest.label = figures.label)
    )
ORDER BY figures.stage, figures.metric, figures.label
