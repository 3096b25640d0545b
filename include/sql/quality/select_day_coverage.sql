-- How complete the days of a range are. Grain: one row per UTC day that was ever compared. Parameters: first, last.
SELECT
    day,
    expected,
    loaded,
    quarantined,
    missing,
    sources,
    checked_at
FROM quality.day_coverage
WHERE day BETWEEN :first AND :last
ORDER BY day
