-- The latest verdict on a batch. Grain: one row or none. Parameters: batch_id.
SELECT outcome
FROM quality.validation_runs
WHERE batch_id = :batch_id
ORDER BY run_id DESC
LIMIT 1
