-- Derives where killmails were from attackers, victims and kills_fact: kill_systems. What counts is defined at the junctions
-- (migrations/sql/0001_warehouse/2_core_junctions.sql); killmart.db.junctions puts in whether those of a batch or of core are meant.
-- Grain: one row per killmail. Parameters: lowest and highest (ids of killmails, both included).
INSERT INTO candidate.kill_systems_batch (
    killmail_id,
    system_id,
    kill_time,
    total_value,
    damage_done,
    damage_taken,
    points,
    players,
    victim_ship_type_id,
    final_blow,
    solo
)
WITH fleets AS (
    SELECT
        killmail_id,
        count(DISTINCT character_id) + count(*) FILTER (WHERE character_id IS NULL) AS players,
        sum(damage_done) AS damage_done,
        bool_or(final_blow) AS final_blow
    FROM candidate.kill_attackers_batch
    WHERE killmail_id BETWEEN :lowest AND :highest AND NOT core.is_npc(character_id, corporation_id)
    GROUP BY killmail_id
)

SELECT
    kills.killmail_id,
    kills.system_id,
    kills.kill_time,
    kills.total_value,
    cast(least(greatest(coalesce(fleets.damage_done, 0), -9223372036854775808), 9223372036854775807) AS bigint) AS damage_done,
    victims.damage_taken,
    kills.points,
    coalesce(fleets.players, 0) AS players,
    victims.ship_type_id AS victim_ship_type_id,
    coalesce(fleets.final_blow, FALSE) AS final_blow,
    kills.solo
FROM candidate.kills_fact_batch AS kills
INNER JOIN candidate.kill_victims_batch AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN fleets ON kills.killmail_id = fleets.killmail_id
WHERE kills.killmail_id BETWEEN :lowest AND :highest
ORDER BY kills.killmail_id
