-- Claim: no row of kill_characters lacks killmail, character or role.
SELECT
    killmail_id,
    character_id,
    role
FROM candidate.kill_characters_batch
WHERE killmail_id IS NULL OR character_id IS NULL OR role IS NULL
