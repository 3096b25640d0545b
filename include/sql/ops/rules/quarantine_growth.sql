-- Killmails that went to quarantine and were still there; the subject is the most frequent reason.
-- Grain: one row. Parameters: since, at.
SELECT
    coalesce(mode() WITHIN GROUP (ORDER BY reason), 'none') AS subject,
    count(*)::double precision AS value,
    count(*) AS samples
FROM quality.quarantine
WHERE quarantined_at > :since AND quarantined_at <= :at AND (resolved_at IS NULL OR resolved_at > :at)
