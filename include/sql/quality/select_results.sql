-- What one validation run found: failed expectations first, critical before the rest. Grain: one row per expectation.
-- Parameters: run_id, is_failed_only.
SELECT
    table_name,
    expectation,
    column_name,
    severity,
    success,
    observed,
    unexpected_count,
    unexpected_percent,
    examples,
    why
FROM quality.validation_results
WHERE run_id = :run_id AND NOT (success AND :is_failed_only)
ORDER BY success, array_position(ARRAY['critical', 'warning', 'info'], severity), table_name, expectation
