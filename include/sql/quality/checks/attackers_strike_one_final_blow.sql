-- Claim: at most one attacker of a killmail struck the final blow.
SELECT
    killmail_id,
    count(*) AS final_blows
FROM candidate.kill_attackers_batch
WHERE final_blow
GROUP BY killmail_id
HAVING count(*) > 1
