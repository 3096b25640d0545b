-- Ends a batch. Grain: one row. Parameters: batch_id, state, promoted, known (found unchanged at promotion).
UPDATE staging.batches SET
    state = :state,
    promoted = :promoted,
    known = known + :known,
    finished_at = now()
WHERE batch_id = :batch_id
