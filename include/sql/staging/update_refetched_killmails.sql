-- Sends a batch's killmails whose body failed its identity checks back to be fetched again; they leave their batch.
-- Grain: one row per killmail. Parameters: batch_id, ids, errors (in the same order).
-- The batch has claimed them, so they are locked by it already.
UPDATE staging.killmails SET
    state = 'pending',
    batch_id = NULL,
    body = NULL,
    fetched_at = NULL,
    next_attempt_at = NULL,
    refetches = refetches + 1,
    error = bad.error
FROM unnest(cast(:ids AS bigint[]), cast(:errors AS text[])) AS bad (killmail_id, error)
WHERE killmails.killmail_id = bad.killmail_id AND killmails.batch_id = :batch_id
