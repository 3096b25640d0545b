-- How many cells of each column that may be empty in core are, in the batch's tables: the catalog says which ones. Grain: one
-- row per table and column.
DO $$
DECLARE
    wanted record;
BEGIN
    DROP TABLE IF EXISTS pg_temp.column_profile;
    CREATE TEMP TABLE column_profile (table_name text, column_name text, rows bigint, nulls bigint);
    FOR wanted IN
        SELECT
            tables.relation,
            tables.core,
            array_agg(columns.attname ORDER BY columns.attnum) AS names,
            string_agg(format('count(%I)', columns.attname), ', ' ORDER BY columns.attnum) AS filled
        FROM (
            VALUES
            ('candidate.each_candidate_batch'::regclass, 'core.each_candidate'::regclass)
        ) AS tables (relation, core)
        INNER JOIN pg_attribute AS columns
            ON tables.core = columns.attrelid AND columns.attnum > 0 AND NOT columns.attisdropped AND NOT columns.attnotnull
        GROUP BY tables.relation, tables.core
    LOOP
        EXECUTE format(
            'INSERT INTO column_profile
            SELECT %L, filled.name, whole.rows, whole.rows - filled.cells
            FROM (SELECT count(*) AS rows, ARRAY[%s] AS cells FROM %s) AS whole
            CROSS JOIN LATERAL unnest(%L::text[], whole.cells) AS filled (name, cells)',
            (SELECT relname FROM pg_class WHERE oid = wanted.core), wanted.filled, wanted.relation, wanted.names
        );
    END LOOP;
END
$$
