-- The days of one expectation, the latest first. Grain: one row per day on which it was looked at.
-- Parameters: table_name, expectation, limit (days).
SELECT
    day,
    column_name,
    severity,
    why,
    runs,
    failures,
    unexpected
FROM quality.expectation_days
WHERE table_name = :table_name AND expectation = :expectation
ORDER BY day DESC
LIMIT :limit
