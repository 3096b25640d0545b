-- Writes a battle. Grain: one row per battle. Parameters: as named.
INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
VALUES (:battle_id, :system_id, :started_at, :ended_at, :kills, :pilots, :sides, :valued, :isk)
