-- What a list tells of killmails, the newest first: the facts, who lost what, who struck the final blow. Grain: one row per
-- killmail. Parameters: ids.
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
    kills.points,
    kills.attacker_count,
    kills.npc,
    kills.solo,
    kills.awox,
    victims.character_id AS victim_character_id,
    characters.name AS victim_character_name,
    victims.corporation_id AS victim_corporation_id,
    corporations.name AS victim_corporation_name,
    victims.alliance_id AS victim_alliance_id,
    alliances.name AS victim_alliance_name,
    victims.faction_id AS victim_faction_id,
    victims.ship_type_id AS victim_ship_type_id,
    types.name AS victim_ship_name,
    final.attacker_index AS final_attacker_index,
    final.character_id AS final_character_id,
    final_characters.name AS final_character_name,
    final.corporation_id AS final_corporation_id,
    final_corporations.name AS final_corporation_name,
    final.alliance_id AS final_alliance_id,
    final_alliances.name AS final_alliance_name,
    final.faction_id AS final_faction_id,
    final.ship_type_id AS final_ship_type_id,
    final_types.name AS final_ship_name
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN reference.solar_systems AS systems ON kills.system_id = systems.system_id
LEFT JOIN core.characters ON victims.character_id = characters.eve_id
LEFT JOIN core.corporations ON victims.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON victims.alliance_id = alliances.eve_id
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id
LEFT JOIN LATERAL (
    SELECT attackers.*
    FROM core.kill_attackers AS attackers
    WHERE attackers.killmail_id = kills.killmail_id AND attackers.final_blow
    ORDER BY attackers.attacker_index
    LIMIT 1
) AS final ON TRUE
LEFT JOIN core.characters AS final_characters ON final.character_id = final_characters.eve_id
LEFT JOIN core.corporations AS final_corporations ON final.corporation_id = final_corporations.eve_id
LEFT JOIN core.alliances AS final_alliances ON final.alliance_id = final_alliances.eve_id
LEFT JOIN reference.types AS final_types ON final.ship_type_id = final_types.type_id
WHERE kills.killmail_id = any(cast(:ids AS bigint[]))
ORDER BY kills.killmail_id DESC
