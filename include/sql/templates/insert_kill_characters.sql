-- Derives who was on killmails from attackers, victims and kills_fact: kill_characters. What counts is defined at these tables
-- (migrations/sql/0001_warehouse/2_core_junctions.sql); killmart.db.junctions puts in whether those of a batch or of core are meant.
-- Facts of the killmail come from kill_systems, which is derived first.
-- Of a character that attacks as an NPC and as a player (an NPC's id in a player corporation), only the latter counts.
-- Grain: one row per killmail and character, NPCs as well. Parameters: lowest and highest (ids of killmails, both included).
INSERT INTO candidate.kill_characters_batch (
    killmail_id,
    character_id,
    corporation_id,
    alliance_id,
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
    ship_type_id,
    role,
    also_attacked,
    final_blow,
    solo
)
WITH attackers AS (
    SELECT
        killmail_id,
        attacker_index,
        character_id,
        damage_done,
        final_blow,
        NOT core.is_npc(character_id, corporation_id) AS is_player
    FROM candidate.kill_attackers_batch
    WHERE killmail_id BETWEEN :lowest AND :highest
),
attacks AS (
    SELECT
        killmail_id,
        character_id,
        coalesce(min(attacker_index) FILTER (WHERE is_player), min(attacker_index)) AS first_index,
        bool_or(is_player) AS is_player,
        coalesce(sum(damage_done) FILTER (WHERE is_player), sum(damage_done)) AS damage_done,
        coalesce(bool_or(final_blow) FILTER (WHERE is_player), bool_or(final_blow)) AS final_blow
    FROM attackers
    WHERE character_id IS NOT NULL
    GROUP BY killmail_id, character_id
),

losses AS (
    SELECT
        killmail_id,
        character_id,
        corporation_id,
        alliance_id,
        damage_taken
    FROM candidate.kill_victims_batch
    WHERE killmail_id BETWEEN :lowest AND :highest AND character_id IS NOT NULL
)

SELECT
    kills.killmail_id,
    involved.character_id,
    CASE WHEN involved.lost THEN involved.corporation_id ELSE flown.corporation_id END AS corporation_id,
    CASE WHEN involved.lost THEN involved.alliance_id ELSE flown.alliance_id END AS alliance_id,
    facts.kill_time,
    facts.total_value,
    cast(least(greatest(coalesce(involved.damage_done, 0), -9223372036854775808), 9223372036854775807) AS bigint) AS damage_done,
    involved.damage_taken,
    facts.system_id,
    facts.points,
    kills.attacker_count,
    facts.players,
    coalesce(cast(involved.is_player AS integer), 0) AS pilots,
    facts.victim_ship_type_id,
    flown.ship_type_id,
    cast(CASE WHEN involved.lost THEN 'victim' ELSE 'attacker' END AS core.kill_role) AS role,
    involved.lost AND involved.attacked AS also_attacked,
    coalesce(involved.final_blow, FALSE) AS final_blow,
    facts.solo
FROM (
    SELECT
        coalesce(losses.killmail_id, attacks.killmail_id) AS killmail_id,
        coalesce(losses.character_id, attacks.character_id) AS character_id,
        losses.killmail_id IS NOT NULL AS lost,
        attacks.killmail_id IS NOT NULL AS attacked,
        losses.corporation_id,
        losses.alliance_id,
        losses.damage_taken,
        attacks.first_index,
        attacks.is_player,
        attacks.damage_done,
        attacks.final_blow
    FROM attacks
    FULL JOIN losses ON attacks.killmail_id = losses.killmail_id AND attacks.character_id = losses.character_id
) AS involved
INNER JOIN candidate.kills_fact_batch AS kills ON involved.killmail_id = kills.killmail_id
INNER JOIN candidate.kill_systems_batch AS facts ON involved.killmail_id = facts.killmail_id
LEFT JOIN candidate.kill_attackers_batch AS flown
    ON involved.killmail_id = flown.killmail_id AND involved.first_index = flown.attacker_index
ORDER BY kills.killmail_id
