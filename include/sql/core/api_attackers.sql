-- All attackers of one killmail with the names that are known, in ESI's order. Grain: one row per attacker.
-- Parameters: killmail_id.
SELECT
    attackers.attacker_index,
    attackers.character_id,
    characters.name AS character_name,
    attackers.corporation_id,
    corporations.name AS corporation_name,
    attackers.alliance_id,
    alliances.name AS alliance_name,
    attackers.faction_id,
    attackers.ship_type_id,
    ships.name AS ship_name,
    attackers.weapon_type_id,
    weapons.name AS weapon_name,
    attackers.damage_done,
    attackers.final_blow,
    attackers.security_status
FROM core.kill_attackers AS attackers
LEFT JOIN core.characters ON attackers.character_id = characters.eve_id
LEFT JOIN core.corporations ON attackers.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON attackers.alliance_id = alliances.eve_id
LEFT JOIN reference.types AS ships ON attackers.ship_type_id = ships.type_id
LEFT JOIN reference.types AS weapons ON attackers.weapon_type_id = weapons.type_id
WHERE attackers.killmail_id = :killmail_id
ORDER BY attackers.attacker_index
