-- The latest comparison of the junctions with core. Grain: one row or none.
SELECT
    checked_at,
    differing
FROM quality.junction_checks
ORDER BY check_id DESC
LIMIT 1
