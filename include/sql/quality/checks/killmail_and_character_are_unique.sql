-- Claim: kill_characters has each character of a killmail once.
SELECT
    killmail_id,
    character_id,
    count(*) AS rows
FROM candidate.kill_characters_batch
GROUP BY killmail_id, character_id
HAVING count(*) > 1
