-- The cursor of a feed. Grain: one row or none. Parameters: feed.
SELECT
    position,
    client_id,
    last_404_at
FROM staging.feed_cursors
WHERE feed = :feed
