-- The newest sample of a gauge. Grain: one row per label. Parameters: since, at, gauge (its name).
SELECT DISTINCT ON (label)
    coalesce(label, '') AS subject,
    value,
    1 AS samples
FROM ops.run_metrics
WHERE stage = 'gauge' AND metric = :gauge AND at > :since AND at <= :at
ORDER BY label ASC, at DESC
