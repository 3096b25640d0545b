-- The newest sample of every gauge within an hour. Grain: one row per metric and label. Parameters: at.
SELECT DISTINCT ON (metric, label)
    metric,
    label,
    at,
    value
FROM ops.run_metrics
WHERE stage = 'gauge' AND at BETWEEN cast(:at AS timestamptz) - '1 hour'::interval AND :at
ORDER BY metric ASC, label ASC, at DESC
