-- Moves the cursor of a feed, in the transaction of the rows it stands for.
-- Grain: one row per feed. Parameters: feed, position, is_not_found, uploaded_at (seconds since 1970, may be null).
-- Idempotent: the same position again is the same row.
INSERT INTO staging.feed_cursors AS feed_cursor (feed, position, last_404_at, newest_uploaded_at)
VALUES (:feed, :position, CASE WHEN :is_not_found THEN clock_timestamp() END, to_timestamp(:uploaded_at))
ON CONFLICT (feed) DO UPDATE SET
    position = excluded.position,
    last_404_at = coalesce(excluded.last_404_at, feed_cursor.last_404_at),
    newest_uploaded_at = greatest(excluded.newest_uploaded_at, feed_cursor.newest_uploaded_at),
    updated_at = clock_timestamp()
