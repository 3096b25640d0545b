-- Notes that ESI was asked for characters that it does not have (any more); what their kills said of them stays.
-- Grain: one row per character. Parameters: ids. Running it again changes the time alone.
WITH locked AS (
    SELECT eve_id
    FROM core.characters
    WHERE eve_id = any(cast(:ids AS bigint[]))
    ORDER BY eve_id
    FOR UPDATE
)

UPDATE core.characters AS character SET affiliation_at = now()
FROM locked
WHERE character.eve_id = locked.eve_id
