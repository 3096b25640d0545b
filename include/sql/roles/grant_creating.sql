-- Lets killmart_owner make the warehouse in this database, where it may not yet. To be run by who owns the database. Idempotent.
-- Parameters: none.
DO $$
BEGIN
    IF NOT has_database_privilege('killmart_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO killmart_owner', current_database());
    END IF;
    IF NOT has_schema_privilege('killmart_owner', 'public', 'CREATE') THEN
        GRANT CREATE ON SCHEMA public TO killmart_owner; -- of the one table that alembic keeps there
    END IF;
END
$$;
