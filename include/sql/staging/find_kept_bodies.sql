-- Which of the given killmails are in core by a body that staging still has, and by which hash.
-- Grain: one row per killmail. Parameters: ids.
SELECT
    killmail_id,
    killmail_hash
FROM staging.killmails
WHERE killmail_id = any(:ids) AND state = 'promoted' AND body IS NOT NULL
