-- Which of the batch's killmails a later batch has promoted already: what core has of them is newer, so it stays.
-- (A killmail leaves its batch when its zkb block changes, and may come to core by another batch first.)
-- Grain: one row per killmail. Parameters: batch_id.
INSERT INTO promotion_unchanged (killmail_id)
SELECT existing.killmail_id
FROM promotion_existing AS existing
WHERE
    EXISTS (
        SELECT 1 FROM staging.killmails AS staged
        WHERE staged.killmail_id = existing.killmail_id AND staged.promoted_batch_id > :batch_id  -- noqa: RF02
    )
    AND existing.killmail_id NOT IN (SELECT unchanged.killmail_id FROM promotion_unchanged AS unchanged)
