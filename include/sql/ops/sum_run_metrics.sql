-- Everything that the stages ever recorded. Grain: one row per stage and metric. Parameters: none.
SELECT
    stage,
    metric,
    sum(value) AS total
FROM ops.run_metrics
WHERE stage != 'gauge' AND metric NOT IN ('memory_bytes', 'waiting_killmails', 'is_dry')
GROUP BY stage, metric
ORDER BY stage, metric
