-- Takes our value from killmails of a batch that was worked out before the prices of their days changed. Grain: one candidate row
-- per killmail that core has not got as it is. Idempotent. Parameters: days (UTC; null: all days).
UPDATE candidate.kills_fact_batch AS candidate SET
    priced_value = NULL,
    priced_dropped_value = NULL,
    priced_destroyed_value = NULL
WHERE
    candidate.priced_value IS NOT NULL
    AND coalesce(cast(candidate.kill_time AT TIME ZONE 'UTC' AS date) = any(cast(:days AS date[])), TRUE)
    AND candidate.killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged)
