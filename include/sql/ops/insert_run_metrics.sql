-- Records measured values of a stage. Grain: one row per metric.
-- Parameters: dag_id, run_id, batch_id, stage; metrics, their labels and values, in the same order.
INSERT INTO ops.run_metrics (dag_id, run_id, batch_id, stage, metric, label, value)
SELECT
    :dag_id,
    :run_id,
    cast(:batch_id AS bigint),
    :stage,
    measured.metric,
    measured.label,
    measured.value
FROM
    unnest(cast(:metrics AS text[]), cast(:labels AS text[]), cast(:values AS double precision[]))
        AS measured (metric, label, value)
