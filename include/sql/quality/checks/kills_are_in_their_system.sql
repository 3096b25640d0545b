-- Claim: each killmail stands in kill_systems, with what kills_fact, its victim and its attackers say.
SELECT
    kills.killmail_id,
    kills.system_id,
    kills.kill_time,
    kills.total_value,
    kills.points,
    kills.solo,
    victims.ship_type_id,
    victims.damage_taken,
    attackers.players
FROM candidate.kills_fact_batch AS kills
INNER JOIN candidate.kill_victims_batch AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN attackers_by_kill AS attackers ON kills.killmail_id = attackers.killmail_id
WHERE
    NOT EXISTS (
        SELECT 1 FROM candidate.kill_systems_batch AS said
        WHERE
            said.killmail_id = kills.killmail_id
            AND (said.system_id, said.kill_time, said.total_value, said.points, said.solo)
            IS NOT DISTINCT FROM (kills.system_id, kills.kill_time, kills.total_value, kills.points, kills.solo)
            AND (said.victim_ship_type_id, said.damage_taken, said.players)
            IS NOT DISTINCT FROM (victims.ship_type_id, victims.damage_taken, coalesce(attackers.players, 0))
    )
