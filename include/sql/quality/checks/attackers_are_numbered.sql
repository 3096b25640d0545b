-- Claim: the attackers of a killmail are numbered from 0 without a gap or a repetition.
-- The table's key rules a repetition out; only without it the rows themselves are looked at.
SELECT
    killmail_id,
    rows,
    lowest,
    highest
FROM attackers_by_kill
WHERE lowest != 0 OR highest != rows - 1
UNION
SELECT
    killmail_id,
    count(*) AS rows,
    min(attacker_index) AS lowest,
    max(attacker_index) AS highest
FROM candidate.kill_attackers_batch
WHERE
    NOT EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE conrelid = 'candidate.kill_attackers_batch'::regclass AND contype = 'p'
    )
GROUP BY killmail_id
HAVING count(DISTINCT attacker_index) != count(attacker_index)
