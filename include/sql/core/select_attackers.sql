-- Attackers of one killmail with the names that are known, in ESI's order. Grain: one row per attacker.
-- Parameters: killmail_id, limit (null for all).
SELECT
    attacker_index,
    character_id,
    character_name,
    corporation_id,
    corporation_name,
    alliance_id,
    alliance_name,
    faction_id,
    ship_type_id,
    ship_name,
    weapon_type_id,
    weapon_name,
    damage_done,
    final_blow,
    security_status
FROM core.attackers_named
WHERE killmail_id = :killmail_id
ORDER BY attacker_index
LIMIT :limit
