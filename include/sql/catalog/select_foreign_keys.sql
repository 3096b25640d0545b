-- Foreign keys between tables of some schemas as they were declared: not what follows of them for parts of a partitioned table.
-- Grain: one row per foreign key. Parameters: schemas (names).
SELECT
    keys.conrelid::bigint AS table_id,
    keys.confrelid::bigint AS parent_id,
    keys.confdeltype = 'c' AS is_cascading,
    array(
        SELECT columns.attname::text
        FROM unnest(keys.conkey) WITH ORDINALITY AS places (number, place)
        INNER JOIN pg_attribute AS columns ON places.number = columns.attnum AND columns.attrelid = keys.conrelid
        ORDER BY places.place
    ) AS columns,
    array(
        SELECT columns.attname::text
        FROM unnest(keys.confkey) WITH ORDINALITY AS places (number, place)
        INNER JOIN pg_attribute AS columns ON places.number = columns.attnum AND columns.attrelid = keys.confrelid
        ORDER BY places.place
    ) AS parent_columns
FROM pg_constraint AS keys
INNER JOIN pg_class AS children ON keys.conrelid = children.oid
INNER JOIN pg_class AS parents ON keys.confrelid = parents.oid
WHERE
    keys.contype = 'f'
    AND keys.conparentid = 0
    AND children.relnamespace::regnamespace::text = any(:schemas)
    AND parents.relnamespace::regnamespace::text = any(:schemas)
ORDER BY keys.conname
