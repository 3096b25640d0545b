-- Records one measured value of a stage. Grain: one row. Parameters: as named.
INSERT INTO ops.run_metrics (dag_id, run_id, batch_id, stage, metric, value)
VALUES (:dag_id, :run_id, :batch_id, :stage, :metric, :value)
