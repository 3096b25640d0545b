-- Gives each candidate table the key of its table in core: PostgreSQL then has proven that no row is there twice.
-- A table whose rows do not have it stays without, and the claims that rest on it look at the rows. Idempotent.
DO $$
DECLARE
    wanted record;
BEGIN
    SET LOCAL lock_timeout = '10s';
    FOR wanted IN
        SELECT
            tables.relation,
            pg_get_constraintdef(keys.oid) AS key
        FROM (
            VALUES
            ('candidate.each_kill_table_batch'::regclass, 'core.each_kill_table'::regclass)
        ) AS tables (relation, core)
        INNER JOIN pg_constraint AS keys ON tables.core = keys.conrelid AND keys.contype = 'p'
        WHERE NOT EXISTS (
            SELECT 1 FROM pg_constraint AS there WHERE there.conrelid = tables.relation AND there.contype = 'p'
        )
    LOOP
        BEGIN
            EXECUTE format('ALTER TABLE %s ADD %s', wanted.relation, wanted.key);
        EXCEPTION
            WHEN unique_violation OR not_null_violation OR lock_not_available THEN
                RAISE NOTICE '% is without its key: %', wanted.relation, SQLERRM;
        END;
    END LOOP;
END
$$
