-- How many characters the old database lists of each killmail. Grain: one row per killmail, in the order of their ids.
-- Parameters: none. `legacy_rows` stands for the old tables, their columns under our names (killmart.legacy.database).
SELECT
    old.killmail_id,
    count(*) AS characters
FROM legacy_rows AS old
WHERE old.killmail_id IS NOT NULL
GROUP BY old.killmail_id
ORDER BY old.killmail_id
