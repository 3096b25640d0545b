-- Which of the given killmails a person has discarded, with nothing in quarantine since, and under which hash (null where
-- nobody knew it). Grain: one row per killmail and hash. Parameters: ids.
SELECT DISTINCT
    discarded.killmail_id,
    discarded.killmail_hash
FROM quality.quarantine AS discarded
WHERE
    discarded.killmail_id = any(:ids)
    AND discarded.resolution = 'discarded'
    AND NOT EXISTS (
        SELECT 1 FROM quality.quarantine AS entry
        WHERE entry.killmail_id = discarded.killmail_id AND entry.resolved_at IS NULL
    )
