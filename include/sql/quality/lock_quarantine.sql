-- Locks entries in quarantine, in the order of their killmails, so that each is dealt with once. `known_hash` is that of
-- the entry, else the one that staging has. Grain: one row per entry. Parameters: ids.
SELECT
    entry.quarantine_id,
    entry.killmail_id,
    entry.reason,
    entry.resolved_at,
    entry.resolution,
    entry.resolved_by,
    coalesce(entry.killmail_hash, staged.killmail_hash) AS known_hash
FROM quality.quarantine AS entry
LEFT JOIN staging.killmails AS staged ON entry.killmail_id = staged.killmail_id
WHERE entry.quarantine_id = any(:ids)
ORDER BY entry.killmail_id, entry.quarantine_id
FOR UPDATE OF entry
