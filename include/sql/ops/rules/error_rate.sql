-- Share of requests that failed: no answer, 5xx, or 4xx other than "not there" (404) and rate limits (420, 429).
-- Grain: one row per service. Parameters: since, at.
SELECT
    service AS subject,
    coalesce(
        sum(requests) FILTER (WHERE status = 0 OR status >= 500 OR (status >= 400 AND status NOT IN (404, 420, 429))), 0
    )::double precision / sum(requests) AS value,
    sum(requests)::bigint AS samples
FROM ops.request_stats
WHERE at > :since AND at <= :at
GROUP BY service
HAVING sum(requests) > 0
