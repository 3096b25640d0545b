-- Promotes a batch's kill_characters: all but those of killmails that core has unchanged.
-- Grain: one row per killmail and character. Rows of changed killmails were removed just before, in the same transaction.
INSERT INTO core.kill_characters (
    killmail_id,
    character_id,
    role
)
SELECT
    killmail_id,
    character_id,
    role
FROM candidate.kill_characters_batch AS candidate
WHERE NOT EXISTS (
    SELECT 1 FROM promotion_unchanged AS unchanged
    WHERE unchanged.killmail_id = candidate.killmail_id
)
