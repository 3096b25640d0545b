-- Rolls requests older than 7 days up to their hour, and those older than `days` to one row at 1970-01-01, so that
-- sums over everything never fall; returns how many rows that was. Grain: one row per hour, service, route and status.
-- Parameters: at (now), days.
-- Idempotent: what is rolled up stays as it is.
WITH bounds AS (
    SELECT
        date_trunc('hour', cast(:at AS timestamptz)) - '7 days'::interval AS hourly,
        date_trunc('hour', cast(:at AS timestamptz)) - make_interval(secs => :days * 86400) AS oldest
),

gone AS (
    DELETE FROM ops.request_stats AS stats USING bounds
    WHERE
        stats.at < bounds.hourly AND stats.at != 'epoch'
        AND (stats.at < bounds.oldest OR stats.at != date_trunc('hour', stats.at))
    RETURNING
        CASE WHEN stats.at < bounds.oldest THEN 'epoch' ELSE date_trunc('hour', stats.at) END AS kept_at,
        stats.service,
        stats.route,
        stats.status,
        stats.requests,
        stats.cache_hits,
        stats.seconds,
        stats.latency_buckets,
        stats.bytes
),

buckets AS (
    SELECT
        kept_at,
        service,
        route,
        status,
        array_agg(requests ORDER BY place) AS latency_buckets
    FROM (
        SELECT
            gone.kept_at,
            gone.service,
            gone.route,
            gone.status,
            bucket.place,
            sum(bucket.requests)::bigint AS requests
        FROM gone
        CROSS JOIN LATERAL unnest(gone.latency_buckets) WITH ORDINALITY AS bucket (requests, place)
        GROUP BY 1, 2, 3, 4, 5
    ) AS summed
    GROUP BY 1, 2, 3, 4
),

sums AS (
    SELECT
        kept_at,
        service,
        route,
        status,
        sum(requests) AS requests,
        sum(cache_hits) AS cache_hits,
        sum(seconds) AS seconds,
        sum(bytes) AS bytes
    FROM gone
    GROUP BY 1, 2, 3, 4
),

kept AS (
    INSERT INTO ops.request_stats AS stats (
        at, service, route, status, requests, cache_hits, seconds, latency_buckets, bytes
    )
    SELECT
        sums.kept_at,
        sums.service,
        sums.route,
        sums.status,
        sums.requests,
        sums.cache_hits,
        sums.seconds,
        coalesce(buckets.latency_buckets, '{}'),
        sums.bytes
    FROM sums
    LEFT JOIN buckets USING (kept_at, service, route, status)
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (at, service, route, status) DO UPDATE SET
        requests = stats.requests + excluded.requests,
        cache_hits = stats.cache_hits + excluded.cache_hits,
        seconds = stats.seconds + excluded.seconds,
        latency_buckets = (
            SELECT array_agg(coalesce(pairs.old, 0) + coalesce(pairs.new, 0) ORDER BY pairs.place)
            FROM unnest(stats.latency_buckets, excluded.latency_buckets) WITH ORDINALITY AS pairs (old, new, place)
        ),
        bytes = stats.bytes + excluded.bytes
)

SELECT count(*) AS rolled_up FROM gone
