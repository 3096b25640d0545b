-- Drops results of validation runs that began more than `days` ago, the oldest first; the runs and the daily sums stay.
-- Grain: one row per result. Parameters: days, most (results looked at in one step). Idempotent.
WITH oldest AS (
    SELECT DISTINCT run_id
    FROM (
        SELECT run_id
        FROM quality.validation_results
        ORDER BY run_id
        LIMIT :most
    ) AS results
),

outdated AS (
    SELECT runs.run_id
    FROM oldest
    INNER JOIN quality.validation_runs AS runs ON oldest.run_id = runs.run_id
    WHERE runs.started_at < now() - make_interval(secs => :days * 86400)
)

DELETE FROM quality.validation_results
WHERE run_id IN (SELECT outdated.run_id FROM outdated)
