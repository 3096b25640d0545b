-- Writes on what stays set aside with a rejected batch why it is: nothing takes it up until another body or hash comes,
-- another batch brings it, or a person asks for it. Grain: one row per killmail. Parameters: batch_id, error.
-- Rows are locked in the order of their ids.
WITH mine AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE batch_id = :batch_id AND state = 'blocked'
    ORDER BY killmail_id
    FOR UPDATE
)

UPDATE staging.killmails SET error = :error
FROM mine
WHERE killmails.killmail_id = mine.killmail_id
