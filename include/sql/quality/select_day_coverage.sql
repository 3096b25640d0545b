-- How complete the days between two are, with the ids that are missing and those that are in quarantine still.
-- Grain: one row per UTC day that was ever compared. Parameters: first, last (days, both included).
SELECT
    day,
    expected,
    loaded,
    quarantined,
    sources,
    checked_at,
    missing_ids,
    refused_ids
FROM quality.coverage
WHERE day BETWEEN :first AND :last
ORDER BY day
