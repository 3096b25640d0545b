-- How many killmails a blocked or rejected batch still holds in staging. Grain: one row. Parameters: batch_id.
SELECT count(*) AS killmails
FROM staging.killmails
WHERE batch_id = :batch_id AND state = 'blocked'
