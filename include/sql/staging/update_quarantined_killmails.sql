-- Marks a batch's killmails that went to quarantine. Grain: one row per killmail.
-- Parameters: batch_id, ids, errors (in the same order). The batch has claimed them, so they are locked by it already;
-- one that came from elsewhere, or that another batch has, is not touched: its own body may be good.
UPDATE staging.killmails SET
    state = 'quarantined',
    batch_id = NULL,
    error = bad.error
FROM unnest(cast(:ids AS bigint[]), cast(:errors AS text[])) AS bad (killmail_id, error)
WHERE killmails.killmail_id = bad.killmail_id AND killmails.batch_id = :batch_id
