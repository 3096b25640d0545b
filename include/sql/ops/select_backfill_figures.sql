-- What a run of killmails_backfill has planned and what it came to, as recorded last (a task may be run again).
-- Grain: one row per stage (plan, sum_up), metric and label. Parameters: dag_id, run_id.
SELECT
    figures.stage,
    figures.metric,
    figures.label,
    figures.value
FROM ops.run_metrics AS figures
WHERE
    figures.run_id = :run_id
    AND figures.dag_id = :dag_id
    AND figures.stage IN ('plan', 'sum_up')
    AND figures.at = (
        SELECT max(latest.at)
        FROM ops.run_metrics AS latest
        WHERE latest.run_id = figures.run_id AND latest.dag_id = figures.dag_id AND latest.stage = figures.stage
    )
ORDER BY figures.stage, figures.metric, figures.label
