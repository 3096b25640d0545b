-- Claim: somebody struck the final blow.
SELECT killmail_id
FROM attackers_by_kill
WHERE final_blows = 0
