-- How complete the days of a range are. Grain: one row per UTC day that was ever compared. Parameters: first, last.
-- `refused` are those ids that are in quarantine still.
SELECT
    day,
    expected,
    loaded,
    quarantined,
    missing,
    sources,
    checked_at,
    array(
        SELECT DISTINCT entry.killmail_id
        FROM quality.quarantine AS entry
        WHERE
            entry.killmail_id = any(coverage.refused)
            AND (entry.resolved_at IS NULL OR entry.resolution = 'discarded')
        ORDER BY entry.killmail_id
    ) AS refused
FROM quality.day_coverage AS coverage
WHERE day BETWEEN :first AND :last
ORDER BY day
