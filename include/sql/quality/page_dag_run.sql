-- Batches that one DAG run built, each with its latest validation run. Grain: one row per batch, 500 at most.
-- Parameters: dag_id, dag_run_id.
SELECT
    batches.batch_id,
    batches.state,
    batches.source,
    batches.built_at,
    batches.claimed,
    batches.candidates,
    batches.promoted,
    batches.quarantined,
    batches.known,
    batches.gone,
    runs.run_id,
    runs.outcome,
    runs.started_at,
    runs.seconds
FROM staging.batches
LEFT JOIN LATERAL (
    SELECT
        validation_runs.run_id,
        validation_runs.outcome,
        validation_runs.started_at,
        validation_runs.seconds
    FROM quality.validation_runs
    WHERE validation_runs.batch_id = batches.batch_id
    ORDER BY validation_runs.run_id DESC
    LIMIT 1
) AS runs ON TRUE
WHERE batches.dag_run_id = :dag_run_id AND batches.dag_id = :dag_id
ORDER BY batches.batch_id
LIMIT 500
