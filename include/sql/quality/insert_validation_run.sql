-- Records one passage of a batch through the gate. Grain: one row. Parameters: as named.
INSERT INTO quality.validation_runs (
    batch_id, dag_id, dag_run_id, started_at, seconds, outcome, claimed, quarantined, known, gone
)
VALUES (
    :batch_id, :dag_id, :dag_run_id, :started_at, :seconds, :outcome, :claimed, :quarantined, :known, :gone
)
RETURNING run_id
