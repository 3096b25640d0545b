-- Touches every UTC day of which core has killmails: the index is read from one day to the next, not row by row.
-- Grain: one row per day.
INSERT INTO mart.touched_days (day)
WITH RECURSIVE days AS (
    SELECT (min(kill_time) AT TIME ZONE 'UTC')::date AS day
    FROM core.kills_fact
    UNION ALL
    SELECT (
        SELECT (min(kills.kill_time) AT TIME ZONE 'UTC')::date
        FROM core.kills_fact AS kills
        WHERE kills.kill_time >= (days.day + 1)::timestamp AT TIME ZONE 'UTC'
    )
    FROM days
    WHERE days.day IS NOT NULL
)

SELECT day FROM days
WHERE day IS NOT NULL
