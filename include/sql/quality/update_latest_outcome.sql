-- Writes a person's decision over the gate's latest verdict on a batch. Grain: one row. Parameters: batch_id, outcome.
UPDATE quality.validation_runs SET outcome = :outcome
WHERE run_id = (
    SELECT max(latest.run_id) FROM quality.validation_runs AS latest
    WHERE latest.batch_id = :batch_id
)
