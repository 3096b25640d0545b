-- UTC days before today that core has kills on and whose prices are to be asked for, the newest first: those never asked
-- for, and those asked for only when they were younger than `settled_days`, since prices come late and are mended.
-- Grain: one row per day. Goes from day to day along the index of kill times, so it reads one kill a day.
-- Parameters: today, settled_days, limit.
WITH RECURSIVE days AS (
    (
        SELECT cast(kill_time AT TIME ZONE 'UTC' AS date) AS day
        FROM core.kills_fact
        WHERE kill_time < cast(:today AS timestamp) AT TIME ZONE 'UTC'
        ORDER BY kill_time DESC
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT cast(kills.kill_time AT TIME ZONE 'UTC' AS date)
        FROM core.kills_fact AS kills
        WHERE kills.kill_time < cast(days.day AS timestamp) AT TIME ZONE 'UTC'
        ORDER BY kills.kill_time DESC
        LIMIT 1
    )
    FROM days
    WHERE days.day IS NOT NULL
)

SELECT days.day
FROM days
LEFT JOIN reference.price_days AS asked ON days.day = asked.day AND asked.source = 'everef'
WHERE
    days.day IS NOT NULL
    AND (
        asked.day IS NULL
        OR asked.asked_at < cast(days.day + cast(:settled_days AS integer) + 1 AS timestamp) AT TIME ZONE 'UTC'
        OR asked.asked_at > now() -- by a clock that was set back since
    )
ORDER BY days.day DESC
LIMIT :limit
