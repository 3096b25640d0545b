-- Moves the cursor of a feed, in the transaction of the rows it stands for.
-- Grain: one row per feed. Parameters: feed, position, is_not_found, failures, is_popping,
-- uploaded_at (seconds since 1970, may be null).
-- Idempotent but for failures, which add up: the same position again is the same row.
INSERT INTO staging.feed_cursors AS feed_cursor (
    feed, position, failures, pop_began_at, last_404_at, newest_uploaded_at
)
VALUES (
    :feed,
    :position,
    cast(:failures AS integer),
    CASE WHEN :is_popping THEN clock_timestamp() END,
    CASE WHEN :is_not_found THEN clock_timestamp() END,
    to_timestamp(:uploaded_at)
)
ON CONFLICT (feed) DO UPDATE SET
    position = excluded.position,
    failures
    = excluded.failures
    + CASE WHEN excluded.position IS NOT DISTINCT FROM feed_cursor.position THEN feed_cursor.failures ELSE 0 END,
    pop_began_at = excluded.pop_began_at,
    last_404_at = coalesce(excluded.last_404_at, feed_cursor.last_404_at),
    newest_uploaded_at = greatest(excluded.newest_uploaded_at, feed_cursor.newest_uploaded_at),
    updated_at = clock_timestamp()
