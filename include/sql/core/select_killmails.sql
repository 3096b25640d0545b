-- What a list shows of killmails, the newest first: the facts, who lost what, who struck the final blow. Grain: one row per
-- killmail. Parameters: ids.
SELECT
    kills.killmail_id,
    kills.killmail_hash,
    kills.kill_time,
    kills.system_id,
    kills.system_name,
    kills.region_id,
    kills.region_name,
    kills.total_value,
    kills.value_source,
    kills.points,
    kills.attacker_count,
    kills.npc,
    kills.solo,
    kills.awox,
    kills.victim_character_id,
    kills.victim_character_name,
    kills.victim_corporation_id,
    kills.victim_corporation_name,
    kills.victim_alliance_id,
    kills.victim_alliance_name,
    kills.victim_faction_id,
    kills.victim_ship_type_id,
    kills.victim_ship_name,
    final.attacker_index AS final_attacker_index,
    final.character_id AS final_character_id,
    final.character_name AS final_character_name,
    final.corporation_id AS final_corporation_id,
    final.corporation_name AS final_corporation_name,
    final.alliance_id AS final_alliance_id,
    final.alliance_name AS final_alliance_name,
    final.faction_id AS final_faction_id,
    final.ship_type_id AS final_ship_type_id,
    final.ship_name AS final_ship_name
FROM core.killmails_named AS kills
LEFT JOIN LATERAL (
    SELECT attackers.*
    FROM core.attackers_named AS attackers
    WHERE attackers.killmail_id = kills.killmail_id AND attackers.final_blow
    ORDER BY attackers.attacker_index
    LIMIT 1
) AS final ON TRUE
WHERE kills.killmail_id = any(cast(:ids AS bigint[]))
ORDER BY kills.killmail_id DESC
