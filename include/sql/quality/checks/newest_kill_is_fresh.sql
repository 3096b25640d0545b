-- Claim: the latest kill of a batch of 20 or more that a feed brought is less than three hours older than the batch.
-- Batches that were built of days say nothing here, nor do small ones: kills that were hidden surface days later.
WITH newest AS (
    SELECT
        killmail_id,
        kill_time
    FROM candidate.kills_fact_batch
    ORDER BY kill_time DESC
    LIMIT 1
)

SELECT
    newest.killmail_id,
    newest.kill_time,
    batches.built_at
FROM newest
INNER JOIN staging.batches AS batches ON batches.batch_id = :batch_id
WHERE
    batches.source IN ('redisq', 'r2z2')
    AND batches.candidates >= 20
    AND newest.kill_time < batches.built_at - interval '3 hours'
