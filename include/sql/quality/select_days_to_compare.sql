-- Days whose totals are to be compared with the upstreams': those of the last days, and a share of the older ones so
-- that all of history is compared once in so many days. Only days that were loaded as days are compared.
-- Grain: one row per UTC day. Parameters: today, recent (days), cycle (days).
SELECT
    coverage.day,
    coverage.expected
FROM quality.day_coverage AS coverage
WHERE
    coverage.day < :today
    AND (
        coverage.day >= cast(:today AS date) - cast(:recent AS integer)
        OR (cast(:today AS date) - coverage.day) % cast(:cycle AS integer) = 0
    )
ORDER BY coverage.day DESC
