-- Claim: kill_characters has each character of a killmail once.
-- The table's key proves it; only without it the rows themselves are looked at.
SELECT
    killmail_id,
    character_id,
    count(*) AS rows
FROM candidate.kill_characters_batch
WHERE
    NOT EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE conrelid = 'candidate.kill_characters_batch'::regclass AND contype = 'p'
    )
GROUP BY killmail_id, character_id
HAVING count(*) > 1
