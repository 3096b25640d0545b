-- The latest comparison of a day of mart with core. Grain: one row or none.
SELECT
    checked_at,
    day,
    differing
FROM quality.mart_checks
ORDER BY check_id DESC
LIMIT 1
