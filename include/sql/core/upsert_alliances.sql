-- Brings the batch's sightings of alliances to core. Grain: one row per alliance. Independent of the order of batches.
INSERT INTO core.alliances AS alliance (eve_id, first_seen, last_seen)
SELECT
    eve_id,
    first_seen,
    last_seen
FROM candidate.alliances_batch
ORDER BY eve_id
ON CONFLICT (eve_id) DO UPDATE SET
    first_seen = least(alliance.first_seen, excluded.first_seen),
    last_seen = greatest(alliance.last_seen, excluded.last_seen)
WHERE excluded.first_seen < alliance.first_seen OR excluded.last_seen > alliance.last_seen
