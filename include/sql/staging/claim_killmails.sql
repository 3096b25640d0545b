-- Claims fetched killmails for a batch; rows that another batch claims meanwhile are passed by.
-- Grain: one row per killmail. Parameters: batch_id, limit.
WITH free AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE state = 'fetched' AND batch_id IS NULL
    ORDER BY killmail_id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
)

UPDATE staging.killmails SET batch_id = :batch_id
FROM free
WHERE killmails.killmail_id = free.killmail_id
RETURNING killmails.killmail_id
