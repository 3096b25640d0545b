-- Moves the cursor of a feed, in the transaction of the rows it stands for.
-- Grain: one row per feed. Parameters: feed, position. Idempotent: the same position again is the same row.
INSERT INTO staging.feed_cursors AS feed_cursor (feed, position)
VALUES (:feed, :position)
ON CONFLICT (feed) DO UPDATE SET
    position = excluded.position,
    updated_at = now()
