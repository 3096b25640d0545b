-- Records samples of how things stand. Grain: one row per gauge.
-- Parameters: at; metrics, labels and values, in the same order.
INSERT INTO ops.run_metrics (at, stage, metric, label, value)
SELECT
    :at,
    'gauge',
    gauge.metric,
    gauge.label,
    gauge.value
FROM unnest(cast(:metrics AS text[]), cast(:labels AS text[]), cast(:values AS double precision[])) AS gauge (metric, label, value)
