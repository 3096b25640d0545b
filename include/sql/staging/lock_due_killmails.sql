-- Locks killmails whose body is due to be fetched; other workers pass them by until this transaction ends.
-- Grain: one row per killmail. Parameters: limit. A killed worker's rows are free again at once.
-- Killmails that are gone are asked for again at their time, as long as they have one.
SELECT
    killmail_id,
    killmail_hash,
    attempts,
    refetches,
    rejections
FROM staging.killmails
WHERE
    (state = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= now()))
    OR (state = 'gone' AND next_attempt_at <= now())
ORDER BY next_attempt_at NULLS FIRST, killmail_id
LIMIT :limit
FOR UPDATE SKIP LOCKED
