-- Sets a blocked batch's killmails aside with it. Grain: one row per killmail. Parameters: batch_id, error.
UPDATE staging.killmails SET
    state = 'blocked',
    error = :error
WHERE batch_id = :batch_id AND state = 'fetched'
