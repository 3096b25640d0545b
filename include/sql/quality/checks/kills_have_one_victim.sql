-- Claim: every killmail has exactly one victim.
SELECT
    kills.killmail_id,
    count(victims.killmail_id) AS victims
FROM candidate.kills_fact_batch AS kills
LEFT JOIN candidate.kill_victims_batch AS victims ON kills.killmail_id = victims.killmail_id
GROUP BY kills.killmail_id
HAVING count(victims.killmail_id) != 1
