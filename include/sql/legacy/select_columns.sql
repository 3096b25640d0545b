-- Every table and view of a database that is not PostgreSQL's own, with its columns, for the old tables to be found in.
-- Grain: one row per column. Parameters: none. `estimate` is the table's number of rows as the planner knows it, or less.
SELECT
    namespace.nspname AS schema_name,
    class.relname AS table_name,
    attribute.attname AS column_name,
    format_type(attribute.atttypid, NULL) AS column_type,
    greatest(class.reltuples, 0)::bigint AS estimate,
    coalesce(namespace.nspname = current_schema(), FALSE) AS is_current
FROM pg_catalog.pg_attribute AS attribute
INNER JOIN pg_catalog.pg_class AS class ON attribute.attrelid = class.oid
INNER JOIN pg_catalog.pg_namespace AS namespace ON class.relnamespace = namespace.oid
WHERE
    class.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT class.relispartition
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
    AND namespace.nspname NOT LIKE 'pg\_%'
    AND namespace.nspname != 'information_schema'
ORDER BY namespace.nspname, class.relname, attribute.attnum
