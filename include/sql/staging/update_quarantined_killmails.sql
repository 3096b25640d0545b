-- Marks killmails that went to quarantine. Grain: one row per killmail. Parameters: ids, errors (same order).
UPDATE staging.killmails SET
    state = 'quarantined',
    batch_id = NULL,
    error = bad.error
FROM unnest(cast(:ids AS bigint[]), cast(:errors AS text[])) AS bad (killmail_id, error)
WHERE killmails.killmail_id = bad.killmail_id
