-- Writes down what a batch holds, and that it is built now: whole days may have taken hours, and its age is counted from here.
-- Grain: one row. Parameters: batch_id and its counts, priced_by (UTC days: when their prices had changed last).
UPDATE staging.batches SET
    built_at = clock_timestamp(),
    claimed = :claimed,
    candidates = :candidates,
    quarantined = :quarantined,
    refetched = :refetched,
    known = :known,
    unknown_fields = :unknown_fields,
    priced_by = cast(:priced_by AS jsonb)
WHERE batch_id = :batch_id
