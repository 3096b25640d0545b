-- Claim: the attackers' damage sums up to what the victim took (593 of 83,228 real killmails do not).
SELECT
    victims.killmail_id,
    victims.damage_taken,
    attackers.damage_done
FROM candidate.kill_victims_batch AS victims
INNER JOIN attackers_by_kill AS attackers ON victims.killmail_id = attackers.killmail_id
WHERE victims.damage_taken != attackers.damage_done
