-- What the stages did in a span. Grain: one row per bucket, stage and metric. Parameters: since, at, step, metrics.
SELECT
    date_bin(:step, at, 'epoch'::timestamptz) AS bucket,
    stage,
    metric,
    sum(value) AS total,
    max(value) AS most
FROM ops.run_metrics
WHERE at >= :since AND at <= :at AND stage != 'gauge' AND metric = any(:metrics)
GROUP BY 1, 2, 3
ORDER BY 2, 3, 1
