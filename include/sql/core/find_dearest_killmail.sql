-- The dearest killmail of a day: of everybody, or one that an entity made or suffered. Grain: one row or none.
-- Parameters: since (included) and until (not included), times; entity_kind and entity_id (null for everybody), role (victim,
-- attacker).
SELECT
    kills.killmail_id,
    kills.kill_time,
    kills.total_value,
    kills.attacker_count,
    kills.system_name,
    kills.victim_ship_name AS ship_name,
    kills.victim_character_name AS character_name,
    kills.victim_corporation_name AS corporation_name
FROM core.killmails_named AS kills
WHERE
    kills.kill_time >= :since AND kills.kill_time < :until AND kills.total_value > 0
    AND (
        cast(:entity_id AS bigint) IS NULL
        OR (
            :role = 'victim'
            AND cast(:entity_id AS bigint) = CASE :entity_kind
                WHEN 'character' THEN kills.victim_character_id
                WHEN 'corporation' THEN kills.victim_corporation_id
                ELSE kills.victim_alliance_id
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
