-- Daily sums of the validation runs. Grain: one row per day and outcome. Parameters: first (day).
SELECT
    day,
    outcome,
    runs,
    claimed,
    promoted,
    quarantined,
    known,
    gone
FROM quality.validation_days
WHERE day >= :first AND runs > 0
ORDER BY day, outcome
