-- Derives who was on killmails from attackers, victims and kills_fact: kill_corporations, kill_alliances. What counts is defined at
-- these tables (migrations/sql/0001_warehouse/2_core_junctions.sql); killmart.db.junctions puts in which of them, and whether
-- those of a batch or of core are meant. Facts of the killmail come from kill_systems, which is derived first.
-- Grain: one row per killmail and corporation (alliance) that lost the ship, or attacked with somebody who is no NPC.
-- Parameters: lowest and highest (ids of killmails, both included).
INSERT INTO candidate.kill_any_entities_batch (
    killmail_id,
    any_entity_id,
    kill_time,
    total_value,
    damage_done,
    damage_taken,
    system_id,
    points,
    attacker_count,
    players,
    pilots,
    victim_ship_type_id,
    role,
    also_attacked,
    final_blow,
    solo
)
WITH players AS (
    SELECT
        killmail_id,
        character_id,
        any_entity_id,
        damage_done,
        final_blow
    FROM candidate.kill_attackers_batch
    WHERE killmail_id BETWEEN :lowest AND :highest AND NOT core.is_npc(character_id, corporation_id)
),
attacks AS (
    SELECT
        killmail_id,
        any_entity_id,
        count(DISTINCT character_id) AS pilots,
        sum(damage_done) AS damage_done,
        bool_or(final_blow) AS final_blow
    FROM players
    WHERE any_entity_id IS NOT NULL
    GROUP BY killmail_id, any_entity_id
),

losses AS (
    SELECT
        killmail_id,
        any_entity_id,
        damage_taken
    FROM candidate.kill_victims_batch
    WHERE killmail_id BETWEEN :lowest AND :highest AND any_entity_id IS NOT NULL
)

SELECT
    kills.killmail_id,
    involved.any_entity_id,
    facts.kill_time,
    facts.total_value,
    cast(least(greatest(coalesce(involved.damage_done, 0), -9223372036854775808), 9223372036854775807) AS bigint) AS damage_done,
    involved.damage_taken,
    facts.system_id,
    facts.points,
    kills.attacker_count,
    facts.players,
    coalesce(involved.pilots, 0) AS pilots,
    facts.victim_ship_type_id,
    cast(CASE WHEN involved.lost THEN 'victim' ELSE 'attacker' END AS core.kill_role) AS role,
    involved.lost AND involved.attacked AS also_attacked,
    coalesce(involved.final_blow, FALSE) AS final_blow,
    facts.solo
FROM (
    SELECT
        coalesce(losses.killmail_id, attacks.killmail_id) AS killmail_id,
        coalesce(losses.any_entity_id, attacks.any_entity_id) AS any_entity_id,
        losses.killmail_id IS NOT NULL AS lost,
        attacks.killmail_id IS NOT NULL AS attacked,
        losses.damage_taken,
        attacks.pilots,
        attacks.damage_done,
        attacks.final_blow
    FROM attacks
    FULL JOIN losses ON attacks.killmail_id = losses.killmail_id AND attacks.any_entity_id = losses.any_entity_id
) AS involved
INNER JOIN candidate.kills_fact_batch AS kills ON involved.killmail_id = kills.killmail_id
INNER JOIN candidate.kill_systems_batch AS facts ON involved.killmail_id = facts.killmail_id
ORDER BY kills.killmail_id
