-- How many killmails a UTC day has. Grain: one row. Parameters: day.
SELECT count(*)
FROM core.kills_fact
WHERE
    kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
