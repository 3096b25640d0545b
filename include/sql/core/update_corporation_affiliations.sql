-- Writes down the alliances of corporations as ESI gave them for a member, as long as no kill is newer than that.
-- Grain: one row per corporation. Rows are locked in the order that promotion takes them.
-- Parameters: ids, alliance_ids, age_seconds (how old ESI's answer was when it came).
WITH answers AS (
    SELECT
        eve_id,
        alliance_id
    FROM unnest(cast(:ids AS bigint[]), cast(:alliance_ids AS bigint[])) AS answer (eve_id, alliance_id)
),

told AS (
    SELECT clock_timestamp() - make_interval(secs => :age_seconds) AS told_at
),

locked AS (
    SELECT eve_id
    FROM core.corporations
    WHERE eve_id IN (SELECT answers.eve_id FROM answers)
    ORDER BY eve_id
    FOR UPDATE
)

UPDATE core.corporations AS corporation SET
    alliance_id = answers.alliance_id,
    affiliation_at = told.told_at
FROM locked
INNER JOIN answers USING (eve_id)
CROSS JOIN told
WHERE
    corporation.eve_id = locked.eve_id
    AND told.told_at > corporation.last_seen
    AND told.told_at > coalesce(corporation.affiliation_at, '-infinity')
