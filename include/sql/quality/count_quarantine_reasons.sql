-- How many killmails wait in quarantine for each reason. Grain: one row per reason.
SELECT
    reason,
    count(*) AS killmails
FROM quality.quarantine
WHERE resolved_at IS NULL
GROUP BY reason
ORDER BY count(*) DESC, reason
