-- Days whose totals are to be compared with the upstreams': those of the last days, and a share of the older ones so
-- that all of history is compared once in so many days. Days that were loaded as days are compared, and those between
-- two of them in the last days, which a stand-still left out. `present` needs no loading, `missing` does in any case; what
-- came to quarantine since the last comparison (with a rejected batch) is accounted for. A day of a batch that waits for a
-- person is left out: loaded again, it would be blocked again.
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
),

refused AS (
    SELECT
        due.day,
        count(DISTINCT entry.killmail_id) AS killmails
    FROM due
    INNER JOIN quality.day_coverage AS coverage ON due.day = coverage.day
    INNER JOIN quality.quarantine AS entry ON entry.killmail_id = any(coverage.missing)
    WHERE entry.resolved_at IS NULL OR entry.resolution = 'discarded'
    GROUP BY due.day
)

SELECT
    due.day,
    coalesce(coverage.loaded + coverage.quarantined, 0) + coalesce(refused.killmails, 0) AS present,
    coalesce(cardinality(coverage.missing), 0) - coalesce(refused.killmails, 0) AS missing
FROM due
LEFT JOIN quality.day_coverage AS coverage ON due.day = coverage.day
LEFT JOIN refused ON due.day = refused.day
WHERE
    NOT EXISTS (
        SELECT 1 FROM staging.batches
        WHERE batches.state = 'blocked' AND due.day = any(batches.days)
    )
ORDER BY due.day DESC
