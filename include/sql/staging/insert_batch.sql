-- Opens a batch. Grain: one row. Parameters: owner, source, dag_id, dag_run_id.
INSERT INTO staging.batches (owner, source, dag_id, dag_run_id)
VALUES (:owner, :source, :dag_id, :dag_run_id)
RETURNING batch_id
