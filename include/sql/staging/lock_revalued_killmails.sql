-- Locks the killmails of a blocked batch whose zkb block may have changed since it was built: those that a feed has named
-- since it was blocked, and those without a body, on which that is not written (and a minute, since a feed's transaction
-- may have begun before). Grain: one row per killmail. Parameters: batch_id.
SELECT killmails.killmail_id
FROM staging.killmails
INNER JOIN staging.batches ON killmails.batch_id = batches.batch_id
WHERE
    killmails.batch_id = :batch_id
    AND killmails.state = 'blocked'
    AND killmails.zkb IS NOT NULL
    AND (killmails.fetched_at IS NULL OR killmails.fetched_at > batches.finished_at - interval '1 minute')
ORDER BY killmails.killmail_id
FOR UPDATE OF killmails
