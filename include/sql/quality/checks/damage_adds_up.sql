-- Claim: the attackers' damage sums up to what the victim took (593 of 83,228 real killmails do not).
WITH attackers AS (
    SELECT
        killmail_id,
        sum(damage_done) AS damage_done
    FROM candidate.kill_attackers_batch
    GROUP BY killmail_id
)
SELECT
    victims.killmail_id,
    victims.damage_taken,
    attackers.damage_done
FROM candidate.kill_victims_batch AS victims
INNER JOIN attackers ON victims.killmail_id = attackers.killmail_id
WHERE victims.damage_taken != attackers.damage_done
