-- Peak memory of the latest run of each stage. Grain: one row per stage. Parameters: at.
SELECT DISTINCT ON (stage)
    stage,
    value AS memory_bytes
FROM ops.run_metrics
WHERE metric = 'memory_bytes' AND at BETWEEN cast(:at AS timestamptz) - '1 day'::interval AND :at
ORDER BY stage ASC, at DESC
