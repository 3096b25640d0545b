-- Locks what staging holds of killmails, in the order of their ids, as everybody locks them who may have to wait. A
-- statement of its own: the next one then reads what those have written for whom it waited.
-- Grain: one row per killmail. Parameters: ids.
SELECT killmail_id
FROM staging.killmails
WHERE killmail_id = any(:ids)
ORDER BY killmail_id
FOR UPDATE
