-- Locks what staging holds of killmails in quarantine, in the order of their ids: first staging, then quarantine is the
-- order of everybody. Grain: one row per killmail. Parameters: ids (of entries).
SELECT staged.killmail_id
FROM staging.killmails AS staged
WHERE
    staged.killmail_id IN (
        SELECT entry.killmail_id FROM quality.quarantine AS entry
        WHERE entry.quarantine_id = any(:ids)
    )
ORDER BY staged.killmail_id
FOR UPDATE
