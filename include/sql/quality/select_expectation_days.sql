-- How often each expectation was met, day by day. Grain: one row per expectation and day. Parameters: first (day).
SELECT
    table_name,
    expectation,
    day,
    column_name,
    severity,
    why,
    runs,
    failures,
    unexpected
FROM quality.expectation_days
WHERE day >= :first
ORDER BY table_name, expectation, day
