-- Batches that one DAG run built, each with its latest validation run. Grain: one row per batch, 500 at most.
-- Parameters: dag_id, dag_run_id.
SELECT
    batch_id,
    state,
    source,
    built_at,
    claimed,
    candidates,
    promoted,
    quarantined,
    known,
    gone,
    run_id,
    outcome,
    started_at,
    seconds
FROM quality.reviewed_batches
WHERE dag_run_id = :dag_run_id AND dag_id = :dag_id
ORDER BY batch_id
LIMIT 500
