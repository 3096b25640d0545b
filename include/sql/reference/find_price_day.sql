-- Whether a day's prices were there when they were last asked for, and whether they are to be asked for again, which
-- those are that were younger than `settled_days`. Grain: one row or none. Parameters: day, settled_days, ask_again (s).
SELECT
    is_there,
    ops.seconds_left(asked_at + make_interval(secs => :ask_again), :ask_again) = 0
    AND (
        asked_at < cast(day + cast(:settled_days AS integer) + 1 AS timestamp) AT TIME ZONE 'UTC'
        OR asked_at > now() -- by a clock that was set back since
    ) AS is_due
FROM reference.price_days
WHERE day = :day AND source = 'everef'
