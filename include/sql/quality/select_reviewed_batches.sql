-- Batches in one state (blocked: they wait for a person; rejected: a person said no), the latest first, with the gate's
-- latest run.
-- Grain: one row per batch. Parameters: state, before (batch_id of the last one shown; null for the first page), limit.
SELECT
    batches.batch_id,
    batches.state,
    batches.owner,
    batches.dag_id,
    batches.dag_run_id,
    batches.source,
    batches.built_at,
    batches.finished_at,
    batches.claimed,
    batches.candidates,
    batches.promoted,
    batches.quarantined,
    batches.known,
    runs.run_id,
    runs.outcome,
    (
        SELECT count(*) FROM quality.validation_results AS results
        WHERE results.run_id = runs.run_id AND NOT results.success AND results.severity = 'critical'
    ) AS critical_failures
FROM staging.batches
LEFT JOIN LATERAL (
    SELECT
        validation_runs.run_id,
        validation_runs.outcome
    FROM quality.validation_runs
    WHERE validation_runs.batch_id = batches.batch_id
    ORDER BY validation_runs.run_id DESC
    LIMIT 1
) AS runs ON TRUE
WHERE
    batches.state = :state
    AND (cast(:before AS bigint) IS NULL OR batches.batch_id < cast(:before AS bigint))
ORDER BY batches.batch_id DESC
LIMIT :limit
