-- Runs in which one expectation failed, the latest first. Grain: one row per run.
-- Parameters: table_name, expectation, before (run_id of the last one shown, null for the first page), limit.
SELECT
    results.run_id,
    runs.started_at,
    runs.dag_id,
    runs.dag_run_id,
    runs.outcome,
    results.severity,
    results.observed,
    results.unexpected_count,
    results.unexpected_percent,
    results.examples
FROM quality.validation_results AS results
INNER JOIN quality.validation_runs AS runs ON results.run_id = runs.run_id
WHERE
    NOT results.success
    AND results.table_name = :table_name
    AND results.expectation = :expectation
    AND (cast(:before AS bigint) IS NULL OR results.run_id < cast(:before AS bigint))
ORDER BY results.run_id DESC
LIMIT :limit
