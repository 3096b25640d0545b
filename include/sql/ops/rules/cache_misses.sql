-- Share of the requests for bodies that went to ESI although ESI had answered for the same killmail before: what a
-- working cache answers. A body that is asked for the first time is no miss that counts; killmails that day loads took
-- from elsewhere are taken for such first times. Grain: one row. Parameters: since, at.
WITH asked AS (
    SELECT
        coalesce(sum(requests) FILTER (WHERE status = 200), 0) AS answered,
        coalesce(sum(requests + cache_hits) FILTER (WHERE status = 200), 0) AS lookups
    FROM ops.request_stats
    WHERE service = 'esi' AND route = '/killmails/{id}/{hash}' AND at > :since AND at <= :at
),

first_times AS (
    -- what came in the window waits, was promoted, is blocked, or went to quarantine; each found by an index
    SELECT
        (
            SELECT count(*) FROM staging.killmails
            WHERE state = 'fetched' AND attempts > 0 AND fetched_at > :since AND fetched_at <= :at
        )
        + (
            SELECT count(*) FROM staging.killmails
            WHERE
                state = 'promoted' AND promoted_at > :since AND attempts > 0
                AND fetched_at > :since AND fetched_at <= :at
        )
        + (
            SELECT count(*) FROM quality.quarantine
            WHERE quarantined_at > :since AND quarantined_at <= :at
        )
        + (
            SELECT coalesce(sum(claimed), 0) FROM staging.batches
            WHERE
                built_at > :since AND built_at <= :at
                AND (state = 'blocked' OR source NOT IN ('redisq', 'r2z2'))
        ) AS killmails
)

SELECT
    'esi' AS subject,
    greatest(0, asked.answered - first_times.killmails)::double precision / asked.lookups AS value,
    asked.lookups::bigint AS samples
FROM asked
CROSS JOIN first_times
WHERE asked.lookups > 0
