-- Brings the batch's sightings of corporations to core: the earliest and the latest, and their alliance then.
-- Grain: one row per corporation. Independent of the order of batches, like upsert_characters.
INSERT INTO core.corporations AS corporation (eve_id, alliance_id, first_seen, last_seen)
SELECT
    eve_id,
    alliance_id,
    first_seen,
    last_seen
FROM candidate.corporations_batch
ORDER BY eve_id
ON CONFLICT (eve_id) DO UPDATE SET
    alliance_id = CASE
        WHEN
            (excluded.last_seen, coalesce(excluded.alliance_id, 0))
            > (corporation.last_seen, coalesce(corporation.alliance_id, 0))
            AND excluded.last_seen > coalesce(corporation.affiliation_at, '-infinity')
            THEN excluded.alliance_id
        ELSE corporation.alliance_id
    END,
    first_seen = least(corporation.first_seen, excluded.first_seen),
    last_seen = greatest(corporation.last_seen, excluded.last_seen)
WHERE
excluded.first_seen < corporation.first_seen
OR (excluded.last_seen, coalesce(excluded.alliance_id, 0))
> (corporation.last_seen, coalesce(corporation.alliance_id, 0))
