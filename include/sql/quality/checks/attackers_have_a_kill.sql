-- Claim: no row of kill_attackers is without its killmail.
SELECT
    attackers.killmail_id,
    attackers.rows
FROM attackers_by_kill AS attackers
LEFT JOIN candidate.kills_fact_batch AS kills ON attackers.killmail_id = kills.killmail_id
WHERE kills.killmail_id IS NULL
