-- Locks and reads one batch, so that it is promoted, blocked or abandoned once. Grain: one row. Parameters: batch_id.
SELECT
    batch_id,
    owner,
    state,
    dag_id,
    dag_run_id,
    source,
    claimed,
    candidates,
    promoted,
    quarantined,
    refetched,
    known,
    gone,
    unknown_fields
FROM staging.batches
WHERE batch_id = :batch_id
FOR UPDATE
