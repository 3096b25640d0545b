-- Claim: no killmail lacks what none may lack.
SELECT
    killmail_id,
    killmail_hash,
    kill_time,
    system_id
FROM candidate.kills_fact_batch
WHERE
    killmail_id IS NULL
    OR killmail_hash IS NULL
    OR kill_time IS NULL
    OR system_id IS NULL
    OR items IS NULL
    OR attacker_count IS NULL
    OR item_count IS NULL
    OR source IS NULL
