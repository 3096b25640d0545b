-- Claim: somebody struck the final blow.
SELECT kills.killmail_id
FROM candidate.kills_fact_batch AS kills
WHERE NOT EXISTS (
    SELECT 1 FROM candidate.kill_attackers_batch AS attackers
    WHERE attackers.killmail_id = kills.killmail_id AND attackers.final_blow
)
