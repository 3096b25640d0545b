-- Closes the quarantine of killmails for which a good body, or a good zkb block of a killmail in core, is promoted.
-- Grain: one row per killmail. Parameters: resolution, resolved_by. Idempotent.
UPDATE quality.quarantine AS entry SET
    resolved_at = now(),
    resolution = :resolution,
    resolved_by = :resolved_by
FROM (
    SELECT killmail_id FROM candidate.kills_fact_batch
    UNION ALL
    SELECT killmail_id FROM candidate.zkb_changes_batch
) AS good
WHERE entry.killmail_id = good.killmail_id AND entry.resolved_at IS NULL
