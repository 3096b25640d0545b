-- Killmails of a UTC day that lack our value or points, and those that were promoted before the day's prices changed.
-- Grain: one row per killmail. Parameters: day, prices_changed_at (null: the prices are as they were).
SELECT killmail_id
FROM core.kills_fact
WHERE
    kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kill_time < cast(cast(:day AS date) + 1 AS timestamp) AT TIME ZONE 'UTC'
    AND (priced_value IS NULL OR rule_points IS NULL)
UNION
SELECT killmail_id
FROM core.kills_fact
WHERE
    kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kill_time < cast(cast(:day AS date) + 1 AS timestamp) AT TIME ZONE 'UTC'
    AND promoted_at <= cast(:prices_changed_at AS timestamptz)
ORDER BY killmail_id
