-- Promotes a batch's kill_characters, kill_corporations or kill_alliances: all but those of killmails that core has unchanged.
-- Grain: one row per killmail and entity. Rows of changed killmails were removed just before, in the same transaction.
-- written_columns are all those of the table that core does not generate itself.
INSERT INTO core.kill_entities (written_columns)
SELECT written_columns
FROM candidate.kill_entities_batch AS candidate
WHERE
    NOT EXISTS (
        SELECT 1 FROM promotion_unchanged AS unchanged
        WHERE unchanged.killmail_id = candidate.killmail_id
    )
ORDER BY killmail_id
