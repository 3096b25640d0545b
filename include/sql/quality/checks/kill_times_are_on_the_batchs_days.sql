-- Claim: a batch that was built of UTC days has kills of those days alone.
SELECT
    kills.killmail_id,
    kills.kill_time
FROM candidate.kills_fact_batch AS kills
INNER JOIN staging.batches AS batches ON batches.batch_id = :batch_id
WHERE
    cardinality(batches.days) > 0
    AND cast(kills.kill_time AT TIME ZONE 'UTC' AS date) != all(batches.days)
