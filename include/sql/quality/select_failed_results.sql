-- What a run through the gate found wrong, critical first. Grain: one row per failed expectation. Parameters: run_id.
SELECT
    table_name,
    expectation,
    column_name,
    severity,
    observed,
    unexpected_count,
    unexpected_percent,
    examples,
    why
FROM quality.validation_results
WHERE run_id = :run_id AND NOT success
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), table_name, expectation
