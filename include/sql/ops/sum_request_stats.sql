-- Everything that was ever asked of the upstreams. Grain: one row per service, route and status. Parameters: none.
-- Buckets are summed place by place: taking every row's array apart took much longer.
SELECT
    service,
    route,
    status,
    sum(requests)::bigint AS requests,
    sum(cache_hits)::bigint AS cache_hits,
    sum(seconds) AS seconds,
    sum(bytes)::bigint AS bytes,
    ARRAY[
        coalesce(sum(latency_buckets[1]), 0)::bigint,
        coalesce(sum(latency_buckets[2]), 0)::bigint,
        coalesce(sum(latency_buckets[3]), 0)::bigint,
        coalesce(sum(latency_buckets[4]), 0)::bigint,
        coalesce(sum(latency_buckets[5]), 0)::bigint,
        coalesce(sum(latency_buckets[6]), 0)::bigint,
        coalesce(sum(latency_buckets[7]), 0)::bigint,
        coalesce(sum(latency_buckets[8]), 0)::bigint,
        coalesce(sum(latency_buckets[9]), 0)::bigint,
        coalesce(sum(latency_buckets[10]), 0)::bigint,
        coalesce(sum(latency_buckets[11]), 0)::bigint
    ] AS latency_buckets
FROM ops.request_stats
GROUP BY service, route, status
ORDER BY service, route, status
