-- The dearest killmail of a day: of everybody, or one that an entity made or suffered. Grain: one row or none.
-- Parameters: since (included) and until (not included), times; entity_kind and entity_id (null for everybody), role (victim,
-- attacker).
SELECT
    kills.killmail_id,
    kills.kill_time,
    kills.total_value,
    kills.attacker_count,
    systems.name AS system_name,
    types.name AS ship_name,
    characters.name AS character_name,
    corporations.name AS corporation_name
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN reference.solar_systems AS systems ON kills.system_id = systems.system_id
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id
LEFT JOIN core.characters ON victims.character_id = characters.eve_id
LEFT JOIN core.corporations ON victims.corporation_id = corporations.eve_id
WHERE
    kills.kill_time >= :since AND kills.kill_time < :until AND kills.total_value > 0
    AND (
        cast(:entity_id AS bigint) IS NULL
        OR (
            :role = 'victim'
            AND cast(:entity_id AS bigint) = CASE :entity_kind
                WHEN 'character' THEN victims.character_id
                WHEN 'corporation' THEN victims.corporation_id
                ELSE victims.alliance_id
            END
        )
        OR (
            :role = 'attacker'
            AND EXISTS (
                SELECT FROM core.kill_attackers AS attackers
                WHERE
                    attackers.killmail_id = kills.killmail_id
                    AND NOT core.is_npc(attackers.character_id, attackers.corporation_id)
                    AND cast(:entity_id AS bigint) = CASE :entity_kind
                        WHEN 'character' THEN attackers.character_id
                        WHEN 'corporation' THEN attackers.corporation_id
                        ELSE attackers.alliance_id
                    END
            )
        )
    )
ORDER BY kills.total_value DESC, kills.killmail_id ASC
LIMIT 1
