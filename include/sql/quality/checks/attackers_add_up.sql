-- Claim: attacker_count is the number of rows in kill_attackers, and there is at least one.
WITH attackers AS (
    SELECT
        killmail_id,
        count(*) AS rows
    FROM candidate.kill_attackers_batch
    GROUP BY killmail_id
)
SELECT
    kills.killmail_id,
    kills.attacker_count,
    coalesce(attackers.rows, 0) AS rows
FROM candidate.kills_fact_batch AS kills
LEFT JOIN attackers ON kills.killmail_id = attackers.killmail_id
WHERE kills.attacker_count IS DISTINCT FROM coalesce(attackers.rows, 0) OR coalesce(attackers.rows, 0) = 0
