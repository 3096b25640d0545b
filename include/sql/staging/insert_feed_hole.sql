-- Keeps positions that a feed does not have. Grain: one row per feed and first position.
-- Parameters: feed, first, last, reason. Idempotent.
INSERT INTO staging.feed_holes (feed, first_position, last_position, reason)
VALUES (:feed, :first, :last, :reason)
ON CONFLICT (feed, first_position) DO NOTHING
