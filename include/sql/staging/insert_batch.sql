-- Opens a batch. Grain: one row. Parameters: owner, source, dag_id, dag_run_id, days.
INSERT INTO staging.batches (owner, source, dag_id, dag_run_id, days)
VALUES (:owner, :source, :dag_id, :dag_run_id, cast(:days AS date[]))
RETURNING batch_id
