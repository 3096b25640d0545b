-- Claim: kills_fact has each killmail once.
-- The table's key proves it; only without it the rows themselves are looked at.
SELECT
    killmail_id,
    count(*) AS rows
FROM candidate.kills_fact_batch
WHERE
    NOT EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE conrelid = 'candidate.kills_fact_batch'::regclass AND contype = 'p'
    )
GROUP BY killmail_id
HAVING count(*) > 1
