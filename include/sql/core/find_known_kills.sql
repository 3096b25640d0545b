-- Which of the given killmails core has, and with which hash. Grain: one row per killmail. Parameters: kill_ids.
SELECT
    killmail_id,
    killmail_hash
FROM core.kills_fact
WHERE killmail_id = any(:kill_ids)
