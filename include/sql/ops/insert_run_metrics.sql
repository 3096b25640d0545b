-- Records measured values of a stage. Grain: one row per metric.
-- Parameters: dag_id, run_id, batch_id, stage; metrics and their values, in the same order.
INSERT INTO ops.run_metrics (dag_id, run_id, batch_id, stage, metric, value)
SELECT
    :dag_id,
    :run_id,
    cast(:batch_id AS bigint),
    :stage,
    measured.metric,
    measured.value
FROM unnest(cast(:metrics AS text[]), cast(:values AS double precision[])) AS measured (metric, value)
