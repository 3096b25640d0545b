-- Requests of a span: over time per service (route is null), and in all per route (bucket is null). Rows are read once
-- and summed per bucket and route; both answers come from these sums.
-- Grain: one row per bucket and service, one per service and route. Parameters: since, at, step.
-- The classes of statuses are those of the rule error_rate: refused, broken and unanswered are its failures.
WITH summed AS MATERIALIZED (
    SELECT
        date_bin(:step, at, 'epoch'::timestamptz) AS bucket,
        service,
        route,
        sum(requests) AS requests,
        sum(cache_hits) AS cache_hits,
        sum(bytes) AS bytes,
        coalesce(sum(requests) FILTER (WHERE status = 404), 0) AS not_there,
        coalesce(sum(requests) FILTER (WHERE status IN (420, 429)), 0) AS limited,
        coalesce(
            sum(requests) FILTER (WHERE status BETWEEN 400 AND 499 AND status NOT IN (404, 420, 429)), 0
        ) AS refused,
        coalesce(sum(requests) FILTER (WHERE status >= 500), 0) AS broken,
        coalesce(sum(requests) FILTER (WHERE status = 0), 0) AS unanswered,
        sum(latency_buckets[1]) AS latency_1,
        sum(latency_buckets[2]) AS latency_2,
        sum(latency_buckets[3]) AS latency_3,
        sum(latency_buckets[4]) AS latency_4,
        sum(latency_buckets[5]) AS latency_5,
        sum(latency_buckets[6]) AS latency_6,
        sum(latency_buckets[7]) AS latency_7,
        sum(latency_buckets[8]) AS latency_8,
        sum(latency_buckets[9]) AS latency_9,
        sum(latency_buckets[10]) AS latency_10,
        sum(latency_buckets[11]) AS latency_11
    FROM ops.request_stats
    WHERE at >= :since AND at <= :at
    GROUP BY date_bin(:step, at, 'epoch'::timestamptz), service, route
)

SELECT
    bucket,
    service,
    route,
    sum(requests)::bigint AS requests,
    sum(cache_hits)::bigint AS cache_hits,
    sum(bytes)::bigint AS bytes,
    sum(not_there)::bigint AS not_there,
    sum(limited)::bigint AS limited,
    sum(refused)::bigint AS refused,
    sum(broken)::bigint AS broken,
    sum(unanswered)::bigint AS unanswered,
    ARRAY[
        coalesce(sum(latency_1), 0)::bigint,
        coalesce(sum(latency_2), 0)::bigint,
        coalesce(sum(latency_3), 0)::bigint,
        coalesce(sum(latency_4), 0)::bigint,
        coalesce(sum(latency_5), 0)::bigint,
        coalesce(sum(latency_6), 0)::bigint,
        coalesce(sum(latency_7), 0)::bigint,
        coalesce(sum(latency_8), 0)::bigint,
        coalesce(sum(latency_9), 0)::bigint,
        coalesce(sum(latency_10), 0)::bigint,
        coalesce(sum(latency_11), 0)::bigint
    ] AS latency_buckets
FROM summed
GROUP BY GROUPING SETS ((bucket, service), (service, route))
ORDER BY service, route, bucket
