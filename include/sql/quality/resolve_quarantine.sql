-- Closes the quarantine of killmails for which a good body was promoted. Parameters: resolution, resolved_by.
UPDATE quality.quarantine AS entry SET
    resolved_at = now(),
    resolution = :resolution,
    resolved_by = :resolved_by
FROM candidate.kills_fact_batch AS candidate
WHERE entry.killmail_id = candidate.killmail_id AND entry.resolved_at IS NULL
