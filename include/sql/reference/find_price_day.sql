-- When a day's prices were last asked for, and whether they were there. Grain: one row or none.
-- Parameters: day, settled_days.
SELECT
    is_there,
    extract(EPOCH FROM now() - asked_at) AS seconds_ago,
    asked_at < cast(day + cast(:settled_days AS integer) + 1 AS timestamp) AT TIME ZONE 'UTC' AS was_young
FROM reference.price_days
WHERE day = :day AND source = 'everef'
