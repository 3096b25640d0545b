-- Claim: kill_characters (kill_corporations, kill_alliances) says of each one what victims and attackers say: the victim, else an
-- attacker, and what it did; nobody lacks. NPCs stand there by themselves, but attack for no corporation and no alliance.
WITH shown AS (
    SELECT
        killmail_id,
        any_entity_id,
        bool_or(is_victim) AS is_victim,
        bool_or(NOT is_victim) AS attacks,
        coalesce(bool_or(final_blow) FILTER (WHERE is_player), bool_or(final_blow)) AS final_blow,
        coalesce(sum(damage_done) FILTER (WHERE is_player), sum(damage_done)) AS damage_done,
        count(DISTINCT pilot_id) FILTER (WHERE is_player) AS pilots
    FROM (
        SELECT
            killmail_id,
            any_entity_id,
            character_id,
            TRUE AS is_victim,
            FALSE AS is_player,
            FALSE AS final_blow,
            0 AS damage_done
        FROM candidate.kill_victims_batch
        UNION ALL
        SELECT
            killmail_id,
            any_entity_id,
            character_id,
            FALSE AS is_victim,
            NOT core.is_npc(character_id, corporation_id) AS is_player,
            final_blow,
            damage_done
        FROM candidate.kill_attackers_batch
    ) AS involved (killmail_id, any_entity_id, pilot_id, is_victim, is_player, final_blow, damage_done)
    WHERE any_entity_id IS NOT NULL AND (is_victim OR is_player OR 'kill_any_entities' = 'kill_characters')  -- noqa: ST10
    GROUP BY killmail_id, any_entity_id
)

SELECT
    coalesce(said.killmail_id, shown.killmail_id) AS killmail_id,
    coalesce(said.any_entity_id, shown.any_entity_id) AS any_entity_id,
    said.role,
    CASE WHEN shown.is_victim THEN 'victim' WHEN NOT shown.is_victim THEN 'attacker' END AS expected,
    said.also_attacked,
    said.final_blow,
    said.pilots,
    said.damage_done
FROM candidate.kill_any_entities_batch AS said
FULL JOIN shown ON said.killmail_id = shown.killmail_id AND said.any_entity_id = shown.any_entity_id
WHERE
    shown.is_victim IS NULL
    OR cast(said.role AS text) IS DISTINCT FROM CASE WHEN shown.is_victim THEN 'victim' ELSE 'attacker' END
    OR said.also_attacked IS DISTINCT FROM (shown.is_victim AND shown.attacks)
    OR said.final_blow IS DISTINCT FROM shown.final_blow
    OR said.pilots IS DISTINCT FROM shown.pilots
    OR said.damage_done IS DISTINCT FROM least(greatest(shown.damage_done, -9223372036854775808), 9223372036854775807)
