-- Lets loader and readers do in this warehouse what they are for, with what is there and with what later migrations add. To be run by the
-- owner of its tables. Idempotent. Parameters: none.
DO $$
DECLARE
    part text;
    shown text;
BEGIN
    FOREACH part IN ARRAY ARRAY['staging', 'core', 'reference', 'quality', 'ops', 'mart'] LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO killmart_loader', part);
        EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO killmart_loader', part); -- a backup has them
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON SEQUENCES TO killmart_loader', part);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA %I TO killmart_loader', part);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON TABLES TO killmart_loader', part
        );
    END LOOP;
    GRANT TRUNCATE ON ALL TABLES IN SCHEMA mart TO killmart_loader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT TRUNCATE ON TABLES TO killmart_loader;
    GRANT USAGE, CREATE ON SCHEMA candidate TO killmart_loader;
    -- ranges of the kill tables are the owner's, who makes and attaches them for the loader
    GRANT EXECUTE ON FUNCTION core.create_part, core.index_part, core.attach_part, core.drop_part, core.make_ranges TO killmart_loader;
    -- what is there in the shape of the older model
    GRANT USAGE ON SCHEMA legacy TO killmart_loader;
    GRANT SELECT ON ALL TABLES IN SCHEMA legacy TO killmart_loader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA legacy GRANT SELECT ON TABLES TO killmart_loader;

    FOREACH part IN ARRAY ARRAY['core', 'reference', 'mart', 'quality', 'legacy', 'ops'] LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO killmart_reader', part);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO killmart_reader', part);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO killmart_reader', part);
    END LOOP;
    -- of staging what pages show of it: no bodies, and not by which name a feed knows this installation
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO shown
    FROM pg_attribute
    WHERE attrelid = 'staging.killmails'::regclass AND attnum > 0 AND NOT attisdropped AND attname != 'body';
    GRANT USAGE ON SCHEMA staging TO killmart_reader;
    GRANT SELECT ON staging.batches TO killmart_reader;
    EXECUTE format('GRANT SELECT (%s) ON staging.killmails TO killmart_reader', shown);

    GRANT SELECT ON public.schema_version, public.schema_revisions TO killmart_loader, killmart_reader;
    -- a database that is ours alone lets nobody else in
    IF (SELECT datdba = 'killmart_owner'::regrole FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO killmart_loader', current_database());
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO killmart_reader', current_database());
    END IF;
END
$$;
