-- Locks killmails whose body is due to be fetched; other workers pass them by until this transaction ends.
-- Grain: one row per killmail. Parameters: limit, backoff, recheck (the longest waits, in
-- seconds). A killed worker's rows are free again at once.
-- Killmails that are gone are asked for again at their time, as long as they have one.
SELECT
    killmail_id,
    killmail_hash,
    attempts,
    refetches,
    rejections
FROM staging.killmails
WHERE
    state IN ('pending', 'gone')
    AND (state = 'pending' OR next_attempt_at IS NOT NULL)
    -- one that has not been asked for yet can wait for an archive
    AND ops.seconds_left(next_attempt_at, CASE WHEN state = 'pending' AND attempts > 0 THEN :backoff ELSE :recheck END) = 0
ORDER BY next_attempt_at NULLS FIRST, killmail_id
LIMIT :limit
FOR UPDATE SKIP LOCKED
