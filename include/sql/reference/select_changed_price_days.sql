-- UTC days of a batch's killmails whose prices are others than those that its build has valued them at, or that it has not looked at. By
-- what it saw and not by the time: prices may have been written before it and committed after it. Grain: one row per day.
-- Parameters: batch_id.
SELECT brought.day
FROM (SELECT DISTINCT cast(kill_time AT TIME ZONE 'UTC' AS date) AS day FROM candidate.kills_fact_batch) AS brought
INNER JOIN staging.batches ON batches.batch_id = :batch_id
LEFT JOIN reference.price_days AS known ON brought.day = known.day
GROUP BY brought.day, batches.priced_by
HAVING
    NOT batches.priced_by ? cast(brought.day AS text)
    OR max(known.changed_at) IS DISTINCT FROM cast(batches.priced_by ->> cast(brought.day AS text) AS timestamptz)
