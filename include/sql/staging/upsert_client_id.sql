-- Keeps the name that this installation has at a feed: the first one given stays.
-- Grain: one row per feed. Parameters: feed, client_id. Idempotent.
INSERT INTO staging.feed_cursors AS feed_cursor (feed, client_id)
VALUES (:feed, :client_id)
ON CONFLICT (feed) DO UPDATE
    SET
        client_id = coalesce(feed_cursor.client_id, excluded.client_id)
RETURNING client_id
