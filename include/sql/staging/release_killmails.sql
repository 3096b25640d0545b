-- Gives an abandoned batch's killmails back to be claimed anew. Grain: one row per killmail. Parameters: batch_id.
UPDATE staging.killmails SET
    batch_id = NULL,
    state = 'fetched'
WHERE batch_id = :batch_id AND state IN ('fetched', 'blocked')
