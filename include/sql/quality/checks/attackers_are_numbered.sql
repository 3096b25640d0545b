-- Claim: the attackers of a killmail are numbered from 0 without a gap or a repetition.
SELECT
    killmail_id,
    count(*) AS rows,
    min(attacker_index) AS lowest,
    max(attacker_index) AS highest
FROM candidate.kill_attackers_batch
GROUP BY killmail_id
HAVING min(attacker_index) != 0 OR max(attacker_index) != count(*) - 1 OR count(DISTINCT attacker_index) != count(*)
