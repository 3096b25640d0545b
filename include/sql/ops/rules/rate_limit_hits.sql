-- Requests that an upstream answered with "too many" (420, 429). Grain: one row per service. Parameters: since, at.
SELECT
    service AS subject,
    coalesce(sum(requests) FILTER (WHERE status IN (420, 429)), 0)::double precision AS value,
    sum(requests)::bigint AS samples
FROM ops.request_stats
WHERE at > :since AND at <= :at
GROUP BY service
