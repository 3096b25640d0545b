-- One validation run with its batch, and the latest run of that batch. Grain: one row or none. Parameters: run_id.
SELECT
    runs.run_id,
    runs.batch_id,
    runs.dag_id,
    runs.dag_run_id,
    runs.started_at,
    runs.seconds,
    runs.outcome,
    runs.claimed,
    runs.promoted,
    runs.quarantined,
    runs.known,
    runs.gone,
    batches.state,
    batches.source,
    batches.candidates,
    batches.refetched,
    batches.built_at,
    batches.finished_at,
    batches.unknown_fields,
    batches.days,
    (
        SELECT max(others.run_id) FROM quality.validation_runs AS others
        WHERE others.batch_id = runs.batch_id
    ) AS latest_run_id
FROM quality.validation_runs AS runs
INNER JOIN staging.batches ON runs.batch_id = batches.batch_id
WHERE runs.run_id = :run_id
