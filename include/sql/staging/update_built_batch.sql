-- Writes down what a batch holds. Grain: one row. Parameters: batch_id and its counts.
UPDATE staging.batches SET
    claimed = :claimed,
    candidates = :candidates,
    quarantined = :quarantined,
    refetched = :refetched,
    known = :known,
    unknown_fields = :unknown_fields
WHERE batch_id = :batch_id
