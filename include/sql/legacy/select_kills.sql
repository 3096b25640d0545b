-- The old kills and losses in the order of their killmails, values as text. Grain: one row per old row.
-- Parameters: none. `legacy_rows` stands for the old tables, their columns under our names (killmart.legacy.database).
SELECT
    old.killmail_id,
    old.id_text,
    old.table_name,
    old.is_loss,
    old.killmail_hash,
    old.kill_time,
    old.character_id,
    old.ship_type_id,
    old.total_value,
    old.points,
    old.npc,
    old.solo,
    old.awox,
    old.labels
FROM legacy_rows AS old
ORDER BY old.killmail_id
