-- One killmail whole, with its victim and the names that are known. Grain: one row or none. Parameters: killmail_id.
SELECT
    kills.killmail_id,
    kills.killmail_hash,
    kills.kill_time,
    kills.system_id,
    systems.name AS system_name,
    systems.region_id,
    systems.region_name,
    kills.total_value,
    kills.value_source,
    kills.fitted_value,
    kills.dropped_value,
    kills.destroyed_value,
    kills.points,
    kills.points_source,
    kills.priced_value,
    kills.rule_points,
    kills.position_x,
    kills.position_y,
    kills.position_z,
    kills.attacker_count,
    kills.item_count,
    kills.war_id,
    kills.moon_id,
    kills.location_id,
    kills.npc,
    kills.solo,
    kills.awox,
    kills.labels,
    kills.source,
    kills.promoted_at,
    victims.character_id AS victim_character_id,
    characters.name AS victim_character_name,
    victims.corporation_id AS victim_corporation_id,
    corporations.name AS victim_corporation_name,
    victims.alliance_id AS victim_alliance_id,
    alliances.name AS victim_alliance_name,
    victims.faction_id AS victim_faction_id,
    victims.ship_type_id AS victim_ship_type_id,
    types.name AS victim_ship_name,
    victims.damage_taken AS victim_damage_taken
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN reference.solar_systems AS systems ON kills.system_id = systems.system_id
LEFT JOIN core.characters ON victims.character_id = characters.eve_id
LEFT JOIN core.corporations ON victims.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON victims.alliance_id = alliances.eve_id
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id
WHERE kills.killmail_id = :killmail_id
