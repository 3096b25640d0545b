-- Writes down where ESI says that characters belong, as long as no kill is newer than what ESI said.
-- Grain: one row per character. Rows are locked in the order that promotion takes them.
-- Parameters: ids, corporation_ids, alliance_ids, age_seconds (how old ESI's answer was when it came).
WITH answers AS (
    SELECT
        eve_id,
        corporation_id,
        alliance_id
    FROM
        unnest(
            cast(:ids AS bigint[]), cast(:corporation_ids AS bigint[]), cast(:alliance_ids AS bigint[])
        ) AS answer (eve_id, corporation_id, alliance_id)
),

told AS (
    SELECT clock_timestamp() - make_interval(secs => :age_seconds) AS told_at
),

locked AS (
    SELECT eve_id
    FROM core.characters
    WHERE eve_id IN (SELECT answers.eve_id FROM answers)
    ORDER BY eve_id
    FOR UPDATE
)

UPDATE core.characters AS character SET
    corporation_id = answers.corporation_id,
    alliance_id = answers.alliance_id,
    affiliation_at = told.told_at
FROM locked
INNER JOIN answers USING (eve_id)
CROSS JOIN told
WHERE
    character.eve_id = locked.eve_id
    AND told.told_at > character.last_seen
    AND told.told_at > coalesce(character.affiliation_at, '-infinity')
