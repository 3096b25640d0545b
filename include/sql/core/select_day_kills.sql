-- The killmails that core has of one UTC day. Grain: one row per killmail. Parameters: day.
SELECT
    killmail_id,
    killmail_hash
FROM core.kills_fact
WHERE
    kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
