-- One batch, whatever its state, with the gate's latest run. Grain: one row or none. Parameters: batch_id.
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
WHERE batches.batch_id = :batch_id
