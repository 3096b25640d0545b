-- The cursor of a feed. Grain: one row or none. Parameters: feed.
SELECT
    position,
    client_id,
    extract(EPOCH FROM clock_timestamp() - last_404_at)::double precision AS seconds_since_404,
    failures,
    pop_began_at
FROM staging.feed_cursors
WHERE feed = :feed
