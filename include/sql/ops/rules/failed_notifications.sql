-- Messages that a target refused when they were tried last. Grain: one row per target. Parameters: since, at.
SELECT
    target AS subject,
    count(*) FILTER (WHERE error IS NOT NULL)::double precision AS value,
    count(*) AS samples
FROM ops.notifications
WHERE attempted_at > :since AND attempted_at <= :at
GROUP BY target
