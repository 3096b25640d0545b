-- The killmails of a battle in the order of their ids. Grain: one row per killmail. Parameters: battle_id, after (killmail_id of the
-- last one shown, 0 for the first page), limit (null for all).
SELECT
    battle_kills.killmail_id,
    battle_kills.victim_side,
    kills.kill_time,
    kills.total_value,
    kills.attacker_count,
    kills.victim_character_id,
    kills.victim_character_name,
    kills.victim_corporation_id,
    kills.victim_corporation_name,
    kills.victim_ship_type_id,
    kills.victim_ship_name
FROM mart.battle_kills AS battle_kills
INNER JOIN core.killmails_named AS kills ON battle_kills.killmail_id = kills.killmail_id
WHERE battle_kills.battle_id = :battle_id AND battle_kills.killmail_id > :after
ORDER BY battle_kills.killmail_id
LIMIT :limit
