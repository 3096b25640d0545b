-- How things stood over a span, by the samples of monitor. Grain: one row per bucket, gauge and label.
-- Parameters: since, at, step, metrics.
SELECT
    date_bin(:step, at, 'epoch'::timestamptz) AS bucket,
    metric,
    label,
    min(value) AS least,
    avg(value) AS mean,
    max(value) AS most
FROM ops.run_metrics
WHERE at >= :since AND at <= :at AND stage = 'gauge' AND metric = any(:metrics)
GROUP BY 1, 2, 3
ORDER BY 2, 3, 1
