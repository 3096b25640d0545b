-- The latest passage through the gate. Grain: one row or none.
SELECT
    run_id,
    batch_id,
    started_at,
    outcome,
    claimed,
    promoted,
    quarantined,
    known,
    gone
FROM quality.validation_runs
ORDER BY run_id DESC
LIMIT 1
