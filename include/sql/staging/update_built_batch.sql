-- Writes down what a batch holds, and that it is built now: whole days may have taken hours, and its age is counted from here.
-- Grain: one row. Parameters: batch_id and its counts.
UPDATE staging.batches SET
    built_at = clock_timestamp(),
    claimed = :claimed,
    candidates = :candidates,
    quarantined = :quarantined,
    refetched = :refetched,
    known = :known,
    unknown_fields = :unknown_fields
WHERE batch_id = :batch_id
