-- Opens a batch. Grain: one row. Parameters: installation, owner, source, dag_id, dag_run_id, days.
INSERT INTO staging.batches (installation, owner, source, dag_id, dag_run_id, days)
VALUES (:installation, :owner, :source, :dag_id, :dag_run_id, cast(:days AS date[]))
RETURNING batch_id
