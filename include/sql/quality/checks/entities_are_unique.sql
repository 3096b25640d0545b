-- Claim: kill_characters (kill_corporations, kill_alliances) has each one of a killmail once.
-- The table's key proves it; only without it the rows themselves are looked at.
SELECT
    killmail_id,
    any_entity_id,
    count(*) AS rows
FROM candidate.kill_any_entities_batch
WHERE
    NOT EXISTS (
        SELECT 1 FROM pg_constraint
        WHERE conrelid = 'candidate.kill_any_entities_batch'::regclass AND contype = 'p'
    )
GROUP BY killmail_id, any_entity_id
HAVING count(*) > 1
