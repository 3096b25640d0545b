-- What a load brings of core's tables: columns that core neither generates nor stamps with the moment (a default that calls something
-- like now()), in the order of the table; and the columns of its key. Grain: one row per table. Parameters: tables (names).
SELECT
    relations.relname::text AS table_name,
    array_agg(columns.attname::text ORDER BY columns.attnum) AS columns,
    array_agg(columns.attname::text ORDER BY columns.attnum) FILTER (WHERE columns.attnum = any(keys.conkey)) AS key
FROM pg_class AS relations
INNER JOIN pg_attribute AS columns
    ON relations.oid = columns.attrelid AND columns.attnum > 0 AND NOT columns.attisdropped AND columns.attgenerated = ''
LEFT JOIN pg_attrdef AS defaults ON columns.attrelid = defaults.adrelid AND columns.attnum = defaults.adnum
INNER JOIN pg_constraint AS keys ON relations.oid = keys.conrelid AND keys.contype = 'p'
WHERE
    relations.relnamespace = 'core'::regnamespace
    AND relations.relname = any(:tables)
    AND coalesce(pg_get_expr(defaults.adbin, defaults.adrelid) NOT LIKE '%()%', TRUE)
GROUP BY relations.relname
