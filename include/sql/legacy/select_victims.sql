-- The old victims in the order of their killmails. Grain: one row per old row that has a killmail.
-- Parameters: none. `legacy_rows` stands for the old tables, their columns under our names (killmart.legacy.database).
SELECT
    old.killmail_id,
    old.character_id,
    old.ship_type_id
FROM legacy_rows AS old
WHERE old.killmail_id IS NOT NULL
ORDER BY old.killmail_id
