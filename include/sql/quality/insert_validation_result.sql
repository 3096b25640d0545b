-- Records the result of one expectation. Grain: one row per run and expectation. Parameters: as named.
INSERT INTO quality.validation_results (
    run_id,
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
)
VALUES (
    :run_id,
    :table_name,
    :expectation,
    :column_name,
    :severity,
    :success,
    :observed,
    :unexpected_count,
    :unexpected_percent,
    cast(:examples AS jsonb),
    :why
)
