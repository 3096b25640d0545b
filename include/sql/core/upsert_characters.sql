-- Brings the batch's sightings of characters to core: the earliest and the latest, and where they then belonged.
-- Grain: one row per character. In whatever order batches come the result is the same: of two sightings at the same
-- second the greater (corporation, alliance) holds, and ESI's affiliation holds against kills that are older.
INSERT INTO core.characters AS character (eve_id, corporation_id, alliance_id, first_seen, last_seen)
SELECT
    eve_id,
    corporation_id,
    alliance_id,
    first_seen,
    last_seen
FROM candidate.characters_batch
ORDER BY eve_id
ON CONFLICT (eve_id) DO UPDATE SET
    corporation_id = CASE
        WHEN
            (excluded.last_seen, coalesce(excluded.corporation_id, 0), coalesce(excluded.alliance_id, 0))
            > (character.last_seen, coalesce(character.corporation_id, 0), coalesce(character.alliance_id, 0))
            AND excluded.last_seen > coalesce(character.affiliation_at, '-infinity')
            THEN excluded.corporation_id
        ELSE character.corporation_id
    END,
    alliance_id = CASE
        WHEN
            (excluded.last_seen, coalesce(excluded.corporation_id, 0), coalesce(excluded.alliance_id, 0))
            > (character.last_seen, coalesce(character.corporation_id, 0), coalesce(character.alliance_id, 0))
            AND excluded.last_seen > coalesce(character.affiliation_at, '-infinity')
            THEN excluded.alliance_id
        ELSE character.alliance_id
    END,
    first_seen = least(character.first_seen, excluded.first_seen),
    last_seen = greatest(character.last_seen, excluded.last_seen)
WHERE
excluded.first_seen < character.first_seen
OR (excluded.last_seen, coalesce(excluded.corporation_id, 0), coalesce(excluded.alliance_id, 0))
> (character.last_seen, coalesce(character.corporation_id, 0), coalesce(character.alliance_id, 0))
