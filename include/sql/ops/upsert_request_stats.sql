-- Adds requests to the counts of their minute. Grain: one row per minute, service, route and status.
-- Parameters: as named. Not idempotent: every call adds; it belongs into the transaction of the work it counts.
INSERT INTO ops.request_stats AS stats (
    at, service, route, status, requests, cache_hits, seconds, latency_buckets, bytes
)
VALUES (:at, :service, :route, :status, :requests, :cache_hits, :seconds, :latency_buckets, :bytes)
ON CONFLICT (at, service, route, status) DO UPDATE SET
    requests = stats.requests + excluded.requests,
    cache_hits = stats.cache_hits + excluded.cache_hits,
    seconds = stats.seconds + excluded.seconds,
    latency_buckets = (
        SELECT array_agg(pairs.old + pairs.new ORDER BY pairs.place)
        FROM unnest(stats.latency_buckets, excluded.latency_buckets) WITH ORDINALITY AS pairs (old, new, place)
    ),
    bytes = stats.bytes + excluded.bytes
