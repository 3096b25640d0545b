-- Claim: at most one attacker of a killmail struck the final blow.
SELECT
    killmail_id,
    final_blows
FROM attackers_by_kill
WHERE final_blows > 1
