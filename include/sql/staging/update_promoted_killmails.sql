-- Marks a batch's killmails as promoted, in the transaction that promotes them.
-- Grain: one row per killmail. Parameters: batch_id. A row that left the batch meanwhile keeps its state.
-- Rows are locked in the order of their ids, as everybody locks them who may have to wait.
WITH mine AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE batch_id = :batch_id AND state IN ('fetched', 'blocked')
    ORDER BY killmail_id
    FOR UPDATE
)

UPDATE staging.killmails SET
    state = 'promoted',
    promoted_at = now(),
    promoted_batch_id = batch_id,
    batch_id = NULL,
    is_republished = FALSE,
    error = NULL
FROM mine
WHERE killmails.killmail_id = mine.killmail_id
