-- Everything that was ever asked of the upstreams. Grain: one row per service, route and status. Parameters: none.
WITH buckets AS (
    SELECT
        service,
        route,
        status,
        array_agg(requests ORDER BY place) AS latency_buckets
    FROM (
        SELECT
            stats.service,
            stats.route,
            stats.status,
            bucket.place,
            sum(bucket.requests)::bigint AS requests
        FROM ops.request_stats AS stats
        CROSS JOIN LATERAL unnest(stats.latency_buckets) WITH ORDINALITY AS bucket (requests, place)
        GROUP BY 1, 2, 3, 4
    ) AS summed
    GROUP BY 1, 2, 3
),

sums AS (
    SELECT
        service,
        route,
        status,
        sum(requests)::bigint AS requests,
        sum(cache_hits)::bigint AS cache_hits,
        sum(seconds) AS seconds,
        sum(bytes)::bigint AS bytes
    FROM ops.request_stats
    GROUP BY 1, 2, 3
)

SELECT
    sums.*,
    coalesce(buckets.latency_buckets, '{}') AS latency_buckets
FROM sums
LEFT JOIN buckets USING (service, route, status)
ORDER BY 1, 2, 3
