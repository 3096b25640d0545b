-- The tables that hold rows, and which of them a backup leaves out: the candidate tables of batches that wait for no person, which are
-- built again. Grain: one row per table.
SELECT
    format('%I.%I', tables.relnamespace::regnamespace, tables.relname) AS name,
    tables.relnamespace = 'candidate'::regnamespace AND NOT EXISTS (
        SELECT FROM staging.batches
        WHERE batches.state = 'blocked' AND tables.relname LIKE '%\_' || batches.batch_id
    ) AS is_left_out
FROM pg_class AS tables
WHERE
    tables.relkind = 'r'
    AND tables.relnamespace::regnamespace::text != all(ARRAY['pg_catalog', 'information_schema'])
ORDER BY name
