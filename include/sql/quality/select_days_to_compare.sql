-- Days whose totals are to be compared with the upstreams': those of the last days, and a share of the older ones so
-- that all of history is compared once in so many days. Days that were loaded as days are compared, and those between
-- two of them in the last days, which a stand-still left out. `present` needs no loading, `missing` does in any case.
-- Grain: one row per UTC day. Parameters: today, recent (days), cycle (days).
WITH recent AS (
    SELECT generate_series(min(day), max(day), interval '1 day')::date AS day
    FROM quality.day_coverage
    WHERE day < cast(:today AS date) AND day >= cast(:today AS date) - cast(:recent AS integer)
),

due AS (
    SELECT day FROM recent
    UNION
    SELECT day
    FROM quality.day_coverage
    WHERE day < cast(:today AS date) AND (cast(:today AS date) - day) % cast(:cycle AS integer) = 0
)

SELECT
    due.day,
    coalesce(coverage.loaded + coverage.quarantined, 0) AS present,
    coalesce(cardinality(coverage.missing), 0) AS missing
FROM due
LEFT JOIN quality.day_coverage AS coverage ON due.day = coverage.day
ORDER BY due.day DESC
