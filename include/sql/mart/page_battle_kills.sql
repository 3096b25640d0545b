-- The killmails of a battle in the order of their ids. Grain: one row per killmail. Parameters: battle_id, after
-- (killmail_id of the last one shown, 0 for the first page), limit.
SELECT
    battle_kills.killmail_id,
    battle_kills.victim_side AS side,
    kills.kill_time,
    kills.total_value,
    kills.attacker_count,
    types.name AS ship_name,
    victims.ship_type_id,
    characters.name AS character_name,
    victims.character_id,
    corporations.name AS corporation_name,
    victims.corporation_id
FROM mart.battle_kills AS battle_kills
INNER JOIN core.kills_fact AS kills ON battle_kills.killmail_id = kills.killmail_id
LEFT JOIN core.kill_victims AS victims ON battle_kills.killmail_id = victims.killmail_id
LEFT JOIN core.characters AS characters ON victims.character_id = characters.eve_id
LEFT JOIN core.corporations AS corporations ON victims.corporation_id = corporations.eve_id
LEFT JOIN reference.types AS types ON victims.ship_type_id = types.type_id
WHERE battle_kills.battle_id = :battle_id AND battle_kills.killmail_id > :after
ORDER BY battle_kills.killmail_id
LIMIT :limit
