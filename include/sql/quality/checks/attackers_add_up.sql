-- Claim: attacker_count is the number of rows in kill_attackers, and there is at least one.
SELECT
    kills.killmail_id,
    kills.attacker_count,
    coalesce(attackers.rows, 0) AS rows
FROM candidate.kills_fact_batch AS kills
LEFT JOIN attackers_by_kill AS attackers ON kills.killmail_id = attackers.killmail_id
WHERE kills.attacker_count IS DISTINCT FROM coalesce(attackers.rows, 0) OR coalesce(attackers.rows, 0) = 0
