-- UTC days before today that core has kills on and whose prices are to be asked for, the newest first: those never asked
-- for, and those asked for only when they were younger than `settled_days`, since prices come late and are mended.
-- Grain: one row per day. Parameters: today, settled_days, limit.
SELECT days.day
FROM core.kill_days AS days
LEFT JOIN reference.price_days AS asked ON days.day = asked.day AND asked.source = 'everef'
WHERE
    days.day < cast(:today AS date)
    AND (
        asked.day IS NULL
        OR asked.asked_at < cast(days.day + cast(:settled_days AS integer) + 1 AS timestamp) AT TIME ZONE 'UTC'
        OR asked.asked_at > now() -- by a clock that was set back since
    )
ORDER BY days.day DESC
LIMIT :limit
