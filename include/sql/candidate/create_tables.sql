-- Makes the candidate tables of one batch: UNLOGGED, shaped like core with its defaults and generated columns, so that the
-- gate judges what readers would see, but without keys or constraints, so that COPY runs at full speed and it is the gate
-- that judges. zkb_changes holds the zkb blocks of kills known to core; the one row of intact is gone when PostgreSQL
-- crashed, as it then empties UNLOGGED tables.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT
            tables.relation,
            tables.shape,
            string_agg(format('ALTER COLUMN %I DROP NOT NULL', columns.attname), ', ') AS emptiable
        FROM (
            VALUES
            ('candidate.each_candidate_batch', core.shape_of('each_candidate')),
            ('candidate.zkb_changes_batch', core.shape_of('kills_fact'))
        ) AS tables (relation, shape)
        INNER JOIN pg_attribute AS columns ON tables.shape = columns.attrelid AND columns.attnum > 0 AND columns.attnotnull
        GROUP BY tables.relation, tables.shape
    LOOP
        EXECUTE format(
            'CREATE UNLOGGED TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED)', wanted.relation, wanted.shape
        );
        EXECUTE format('ALTER TABLE %s %s', wanted.relation, wanted.emptiable);
    END LOOP;
END
$$;

CREATE UNLOGGED TABLE candidate.intact_batch AS SELECT true AS is_intact;
