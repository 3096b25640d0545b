-- Closes the quarantine of killmails for which a good body, or a good zkb block of a killmail in core, is promoted. A zkb
-- block says nothing of a body that came with a rejected batch: that one waits on for a person.
-- Grain: one row per killmail. Parameters: resolution, resolved_by. Idempotent.
-- Entries are locked in the order of killmail ids, as everybody locks them who may have to wait.
WITH good AS (
    SELECT
        killmail_id,
        '' AS spared_reason
    FROM candidate.kills_fact_batch
    UNION ALL
    SELECT
        killmail_id,
        'rejected_batch' AS spared_reason
    FROM candidate.zkb_changes_batch
),

closing AS (
    SELECT entry.quarantine_id
    FROM quality.quarantine AS entry
    WHERE
        entry.resolved_at IS NULL
        AND EXISTS (
            SELECT 1 FROM good
            WHERE good.killmail_id = entry.killmail_id AND good.spared_reason != entry.reason
        )
    ORDER BY entry.killmail_id
    FOR UPDATE OF entry
)

UPDATE quality.quarantine AS entry SET
    resolved_at = now(),
    resolution = :resolution,
    resolved_by = :resolved_by
FROM closing
WHERE entry.quarantine_id = closing.quarantine_id
