-- Sets a blocked batch's killmails aside with it. Grain: one row per killmail. Parameters: batch_id, error.
-- Rows are locked in the order of their ids, as everybody locks them who may have to wait.
WITH mine AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE batch_id = :batch_id AND state = 'fetched'
    ORDER BY killmail_id
    FOR UPDATE
)

UPDATE staging.killmails SET
    state = 'blocked',
    error = :error
FROM mine
WHERE killmails.killmail_id = mine.killmail_id
