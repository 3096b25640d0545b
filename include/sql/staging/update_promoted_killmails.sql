-- Marks a batch's killmails as promoted, in the transaction that promotes them.
-- Grain: one row per killmail. Parameters: batch_id. A row that left the batch meanwhile keeps its state.
UPDATE staging.killmails SET
    state = 'promoted',
    promoted_at = now(),
    promoted_batch_id = batch_id,
    batch_id = NULL,
    is_republished = FALSE,
    error = NULL
WHERE batch_id = :batch_id AND state IN ('fetched', 'blocked')
