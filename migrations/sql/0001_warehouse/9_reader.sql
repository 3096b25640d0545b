-- killmart_reader: the role of programs that only read. Roles belong to the whole server, and many a managed one lets the owner of a
-- database make none: the migration goes on without it, and an administrator can make it later (docs/migration.md).

CREATE PROCEDURE core.grant_reader() LANGUAGE plpgsql AS $$
DECLARE
    readable text;
BEGIN
    FOREACH readable IN ARRAY ARRAY['core', 'reference', 'mart', 'quality', 'legacy'] LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO killmart_reader', readable);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO killmart_reader', readable);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO killmart_reader', readable);
    END LOOP;
END
$$;
COMMENT ON PROCEDURE core.grant_reader IS
'Lets killmart_reader read core, reference, mart, quality and legacy, and what is added there later; call it as their owner';
REVOKE EXECUTE ON PROCEDURE core.grant_reader FROM public;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'killmart_reader') THEN
        CREATE ROLE killmart_reader LOGIN CONNECTION LIMIT 20;
        ALTER ROLE killmart_reader SET default_transaction_read_only = on;
        ALTER ROLE killmart_reader SET statement_timeout = '30s';
        ALTER ROLE killmart_reader SET idle_in_transaction_session_timeout = '60s';
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'The role killmart_reader was not made: % may not make roles. docs/migration.md says how to add it.', current_user;
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this server was migrated at the same moment and made it
END
$$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'killmart_reader') THEN
        CALL core.grant_reader();
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'killmart_reader was not let in: %. docs/migration.md says how to do it.', sqlerrm;
END
$$;
