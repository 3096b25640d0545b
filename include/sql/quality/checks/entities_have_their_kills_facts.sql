-- Claim: kill_characters (kill_corporations, kill_alliances) says of each killmail what kills_fact, its victim and its attackers say.
SELECT
    said.killmail_id,
    said.any_entity_id,
    said.kill_time,
    said.system_id,
    said.total_value,
    said.points,
    said.solo,
    said.attacker_count,
    said.players,
    said.victim_ship_type_id,
    said.damage_taken
FROM candidate.kill_any_entities_batch AS said
INNER JOIN candidate.kills_fact_batch AS kills ON said.killmail_id = kills.killmail_id
INNER JOIN candidate.kill_victims_batch AS victims ON said.killmail_id = victims.killmail_id
LEFT JOIN attackers_by_kill AS attackers ON said.killmail_id = attackers.killmail_id
WHERE
    (said.kill_time, said.system_id, said.total_value, said.points, said.solo, said.attacker_count)
    IS DISTINCT FROM (kills.kill_time, kills.system_id, kills.total_value, kills.points, kills.solo, kills.attacker_count)
    OR said.players IS DISTINCT FROM coalesce(attackers.players, 0)
    OR said.victim_ship_type_id IS DISTINCT FROM victims.ship_type_id
    OR (said.role = 'victim' AND said.damage_taken IS DISTINCT FROM victims.damage_taken)
