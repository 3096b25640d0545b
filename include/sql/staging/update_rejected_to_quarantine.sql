-- Marks a rejected batch's killmails as quarantined. Grain: one row per killmail. Parameters: batch_id, error.
-- Rows are locked in the order of their ids.
WITH mine AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE batch_id = :batch_id AND state = 'blocked'
    ORDER BY killmail_id
    FOR UPDATE
)

UPDATE staging.killmails SET
    state = 'quarantined',
    batch_id = NULL,
    error = :error
FROM mine
WHERE killmails.killmail_id = mine.killmail_id
