-- Rows of a mart about entities, by key. A template over such marts. Grain: that of the mart, a row per UTC day, entity and perhaps more.
-- Names: one_mart, each_key. Parameters: first and last (days, both included), entity_kind and entity_id (null for all), after (the key
-- of the last row shown), limit.
SELECT *
FROM mart.one_mart
WHERE
    day BETWEEN cast(:first AS date) AND cast(:last AS date)
    AND (cast(:entity_kind AS mart.entity_kind) IS NULL OR entity_kind = cast(:entity_kind AS mart.entity_kind))
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND (
        each_key
    ) > :after
ORDER BY
    each_key
LIMIT :limit
