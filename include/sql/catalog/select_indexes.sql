-- Indexes of the tables of some schemas, primary keys apart; is_plain ones have whole columns and all rows.
-- Columns that an index merely includes are left out, and so are indexes of parts of a partitioned table.
-- Grain: one row per index. Parameters: schemas (names).
SELECT
    indexes.indrelid::bigint AS table_id,
    names.relname::text AS name,
    indexes.indisunique AS is_unique,
    indexes.indpred IS NULL AND indexes.indexprs IS NULL AS is_plain,
    array(
        SELECT columns.attname::text
        FROM unnest(indexes.indkey::int2[]) WITH ORDINALITY AS places (number, place)
        INNER JOIN pg_attribute AS columns ON places.number = columns.attnum AND columns.attrelid = indexes.indrelid
        WHERE places.place <= indexes.indnkeyatts
        ORDER BY places.place
    ) AS columns
FROM pg_index AS indexes
INNER JOIN pg_class AS names ON indexes.indexrelid = names.oid
WHERE names.relnamespace::regnamespace::text = any(:schemas) AND NOT indexes.indisprimary AND NOT names.relispartition
ORDER BY names.relname
