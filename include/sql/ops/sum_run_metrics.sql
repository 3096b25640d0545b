-- Everything that the stages ever recorded; plan, progress and sum_up of a backfill repeat what its loads count themselves.
-- Grain: one row per stage and metric. Parameters: none.
SELECT
    stage,
    metric,
    sum(value) AS total
FROM ops.run_metrics
WHERE stage NOT IN ('gauge', 'plan', 'progress', 'sum_up') AND metric NOT IN ('memory_bytes', 'waiting_killmails', 'is_dry')
GROUP BY stage, metric
ORDER BY stage, metric
