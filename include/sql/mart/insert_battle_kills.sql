-- Writes the killmails of a battle. Grain: one row per killmail. Parameters: battle_id, kill_ids, victim_sides (in step).
INSERT INTO mart.battle_kills (killmail_id, battle_id, victim_side)
SELECT
    killmail_id,
    :battle_id AS battle_id,
    victim_side
FROM unnest(cast(:kill_ids AS bigint[]), cast(:victim_sides AS smallint[])) AS kills (killmail_id, victim_side)
