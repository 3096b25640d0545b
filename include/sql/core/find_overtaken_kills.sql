-- Which of the batch's killmails a later batch has promoted already: what core has of them is newer, so it stays.
-- (A killmail leaves its batch when its zkb block changes, and may come to core by another batch first.) Batches of
-- whole days and repairs leave no trace in staging: what core got after this batch was blocked is newer as well.
-- Grain: one row per killmail. Parameters: batch_id, lowest and highest (ids, both
-- included, between which the batch's killmails lie).
INSERT INTO promotion_unchanged (killmail_id)
SELECT existing.killmail_id
FROM promotion_existing AS existing
WHERE
    (
        EXISTS (
            SELECT 1 FROM staging.killmails AS staged
            WHERE staged.killmail_id = existing.killmail_id AND staged.promoted_batch_id > :batch_id  -- noqa: RF02
        )
        OR EXISTS (
            SELECT 1
            FROM core.kills_fact AS kills
            INNER JOIN staging.batches ON kills.promoted_at > batches.finished_at
            WHERE
                kills.killmail_id = existing.killmail_id
                AND kills.killmail_id BETWEEN :lowest AND :highest  -- noqa: RF02
                AND batches.batch_id = :batch_id  -- noqa: RF02
        )
    )
    AND existing.killmail_id NOT IN (SELECT unchanged.killmail_id FROM promotion_unchanged AS unchanged)
