-- Claim: every killmail has exactly one victim.
WITH victims AS (
    SELECT
        killmail_id,
        count(*) AS victims
    FROM candidate.kill_victims_batch
    GROUP BY killmail_id
)

SELECT
    kills.killmail_id,
    coalesce(victims.victims, 0) AS victims
FROM candidate.kills_fact_batch AS kills
LEFT JOIN victims ON kills.killmail_id = victims.killmail_id
WHERE coalesce(victims.victims, 0) != 1
