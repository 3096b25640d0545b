-- Tables and views of some schemas with the columns of their primary key; of a partitioned table the whole, and not its parts.
-- Grain: one row per table or view. Parameters: schemas (names).
SELECT
    relations.oid::bigint AS table_id,
    relations.relnamespace::regnamespace::text AS schema,
    relations.relname::text AS name,
    relations.relkind = 'v' AS is_view,
    coalesce(obj_description(relations.oid, 'pg_class'), '') AS comment,
    coalesce((
        SELECT array_agg(keys.attname::text ORDER BY array_position(indexes.indkey::int2[], keys.attnum))
        FROM pg_index AS indexes
        INNER JOIN pg_attribute AS keys ON indexes.indrelid = keys.attrelid AND keys.attnum = any(indexes.indkey)
        WHERE indexes.indrelid = relations.oid AND indexes.indisprimary
    ), '{}') AS primary_key
FROM pg_class AS relations
WHERE
    relations.relnamespace::regnamespace::text = any(:schemas)
    AND relations.relkind IN ('r', 'p', 'v', 'm')
    AND NOT relations.relispartition
ORDER BY array_position(:schemas, relations.relnamespace::regnamespace::text), relations.oid
