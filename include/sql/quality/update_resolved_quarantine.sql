-- Closes entries in quarantine. Grain: one row per entry. Parameters: ids, resolution, resolved_by.
-- The caller has locked them.
UPDATE quality.quarantine SET
    resolved_at = now(),
    resolution = :resolution,
    resolved_by = :resolved_by
WHERE quarantine_id = any(:ids)
