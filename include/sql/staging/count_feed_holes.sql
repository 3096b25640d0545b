-- Holes of each feed within the last 7 days that were stepped over. Grain: one row per feed with holes.
SELECT
    feed,
    count(*) AS holes,
    sum(maybe_lost)::integer AS maybe_lost,
    max(stepped_over_at) AS latest_at,
    (array_agg(reason ORDER BY hole_id DESC))[1] AS latest
FROM staging.feed_holes
WHERE stepped_over_at > now() - '7 days'::interval
GROUP BY feed
ORDER BY feed
