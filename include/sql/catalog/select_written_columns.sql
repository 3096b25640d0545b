-- The columns of a table that are written, not generated. Grain: one row per column, in order. Parameters: relation (schema.table).
SELECT quote_ident(attname)
FROM pg_attribute
WHERE attrelid = cast(:relation AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
