-- Columns of the tables and views of some schemas; those of parts of a partitioned table are left out.
-- Grain: one row per column, in the order of the table. Parameters: schemas (names).
SELECT
    columns.attrelid::bigint AS table_id,
    columns.attname::text AS name,
    format_type(columns.atttypid, columns.atttypmod) AS type,
    NOT columns.attnotnull AS is_nullable,
    columns.attidentity <> '' AS is_identity,
    columns.attgenerated <> '' AS is_generated,
    coalesce(pg_get_expr(defaults.adbin, defaults.adrelid), '') AS default_value,
    coalesce(col_description(columns.attrelid, columns.attnum), '') AS comment
FROM pg_attribute AS columns
INNER JOIN pg_class AS relations ON columns.attrelid = relations.oid
LEFT JOIN pg_attrdef AS defaults ON columns.attrelid = defaults.adrelid AND columns.attnum = defaults.adnum
WHERE
    relations.relnamespace::regnamespace::text = any(:schemas)
    AND relations.relkind IN ('r', 'p', 'v', 'm')
    AND NOT relations.relispartition
    AND columns.attnum > 0
    AND NOT columns.attisdropped
ORDER BY columns.attrelid, columns.attnum
