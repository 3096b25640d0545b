-- How complete the days between two are, in counts. Grain: one row per UTC day that was ever compared.
-- Parameters: first, last (days, both included).
SELECT
    day,
    expected,
    loaded,
    quarantined,
    missing,
    sources,
    checked_at
FROM quality.coverage
WHERE day BETWEEN :first AND :last
ORDER BY day
