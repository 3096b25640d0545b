-- How complete the days between two are. Grain: one row per checked day. Parameters: first, last (days, both included).
SELECT
    day,
    expected,
    loaded,
    quarantined,
    cardinality(missing) AS missing,
    sources,
    checked_at
FROM quality.day_coverage
WHERE day BETWEEN :first AND :last
ORDER BY day
