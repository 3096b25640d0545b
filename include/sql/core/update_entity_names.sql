-- Writes down what ESI answered about the names of characters, corporations or alliances: the name, or no more than that it was asked for.
-- A template over the kinds of entities. Grain: one row per id; a name that is known stays where ESI has none any more. Rows are locked
-- in the order that promotion takes them. Parameters: ids, names (null where there is none), is_refused (whether ESI
-- refused the ids, as those of nobody). Running it again changes the time, and how often it was refused.
WITH answers AS (
    SELECT
        eve_id,
        name
    FROM unnest(cast(:ids AS bigint[]), cast(:names AS text[])) AS answer (eve_id, name)
),

locked AS (
    SELECT eve_id
    FROM core.any_entities
    WHERE eve_id IN (SELECT answers.eve_id FROM answers)
    ORDER BY eve_id
    FOR UPDATE
)

UPDATE core.any_entities AS entity SET
    name = coalesce(answers.name, entity.name),
    name_at = now(),
    name_refusals = CASE WHEN :is_refused THEN entity.name_refusals + 1 ELSE 0 END
FROM locked
INNER JOIN answers USING (eve_id)
WHERE entity.eve_id = locked.eve_id
