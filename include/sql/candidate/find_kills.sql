-- Which of these killmails the batch holds already. Grain: one row per killmail. Parameters: kill_ids.
SELECT killmail_id
FROM candidate.kills_fact_batch
WHERE killmail_id = any(:kill_ids)
