-- What a load brings of core's tables: columns that core neither generates nor fills in by a default, in the order of the
-- table; and the columns of its key. Grain: one row per table. Parameters: tables (names).
SELECT
    relations.relname::text AS table_name,
    array_agg(columns.attname::text ORDER BY columns.attnum) AS columns,
    array_agg(columns.attname::text ORDER BY columns.attnum) FILTER (WHERE columns.attnum = any(keys.conkey)) AS key
FROM pg_class AS relations
INNER JOIN pg_attribute AS columns
    ON relations.oid = columns.attrelid AND columns.attnum > 0 AND NOT columns.attisdropped AND NOT columns.atthasdef
INNER JOIN pg_constraint AS keys ON relations.oid = keys.conrelid AND keys.contype = 'p'
WHERE relations.relnamespace = 'core'::regnamespace AND relations.relname = any(:tables)
GROUP BY relations.relname
