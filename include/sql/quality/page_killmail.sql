-- One killmail as core has it, with names. Grain: one row or none. Parameters: killmail_id.
SELECT
    kills.killmail_id,
    kills.killmail_hash,
    kills.kill_time,
    kills.system_id,
    systems.name AS system_name,
    systems.region_name,
    kills.total_value,
    kills.value_source,
    kills.points,
    kills.attacker_count,
    kills.item_count,
    kills.war_id,
    kills.npc,
    kills.solo,
    kills.awox,
    kills.labels,
    kills.source,
    kills.promoted_at,
    victims.character_id,
    characters.name AS character_name,
    victims.corporation_id,
    corporations.name AS corporation_name,
    victims.alliance_id,
    alliances.name AS alliance_name,
    victims.ship_type_id,
    types.name AS ship_name,
    victims.damage_taken
FROM core.kills_fact AS kills
LEFT JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN reference.solar_systems AS systems ON kills.system_id = systems.system_id
LEFT JOIN core.characters ON victims.character_id = characters.eve_id
LEFT JOIN core.corporations ON victims.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON victims.alliance_id = alliances.eve_id
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id
WHERE kills.killmail_id = :killmail_id
