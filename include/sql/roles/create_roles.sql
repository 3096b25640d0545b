-- Makes the roles of a warehouse that the server does not have yet: who owns it, who loads it, who reads it (docs/adr/0023-roles.md).
-- To be run by a superuser, or with CREATEROLE; `psql -f` takes it as it is. What is there stays as it is, time-outs included. Roles belong
-- to the whole server: all of its warehouses share them. Idempotent. Parameters: none.
DO $$
BEGIN
    IF to_regrole('killmart_owner') IS NULL THEN
        -- CREATEROLE: to make people readers, and no role that it may not hand on
        CREATE ROLE killmart_owner LOGIN CREATEROLE;
        ALTER ROLE killmart_owner SET statement_timeout = '12h';
        ALTER ROLE killmart_owner SET lock_timeout = '15min';
        ALTER ROLE killmart_owner SET idle_in_transaction_session_timeout = '1h';
    END IF;
    IF to_regrole('killmart_loader') IS NULL THEN
        -- a range is hours in the making on a slow disk, a promotion waits for the one before it, and a batch for an upstream
        CREATE ROLE killmart_loader LOGIN;
        ALTER ROLE killmart_loader SET statement_timeout = '6h';
        ALTER ROLE killmart_loader SET lock_timeout = '2h';
        ALTER ROLE killmart_loader SET idle_in_transaction_session_timeout = '6h';
    END IF;
    IF to_regrole('killmart_reader') IS NULL THEN
        -- as long as a page may ask (web/threads.py)
        CREATE ROLE killmart_reader LOGIN CONNECTION LIMIT 40;
        ALTER ROLE killmart_reader SET default_transaction_read_only = on;
        ALTER ROLE killmart_reader SET statement_timeout = '10s';
        ALTER ROLE killmart_reader SET lock_timeout = '5s';
        ALTER ROLE killmart_reader SET idle_in_transaction_session_timeout = '1min';
    END IF;
    -- the owner may do what the loader may: see, back up and drop the tables of its batches
    IF NOT pg_has_role('killmart_owner', 'killmart_loader', 'USAGE') THEN
        GRANT killmart_loader TO killmart_owner WITH INHERIT TRUE, SET TRUE;
    END IF;
    -- and make people readers, without being one
    IF NOT pg_has_role('killmart_owner', 'killmart_reader', 'MEMBER WITH ADMIN OPTION') THEN
        GRANT killmart_reader TO killmart_owner WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
    END IF;
    -- who is no superuser becomes the owner for a migration, and may load where there is no other connection
    IF NOT pg_has_role(current_user, 'killmart_owner', 'SET') THEN
        EXECUTE format('GRANT killmart_owner TO %I WITH INHERIT FALSE, SET TRUE', current_user);
        EXECUTE format('GRANT killmart_loader TO %I WITH INHERIT TRUE', current_user);
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- who migrates another database of this server has made them at the same moment
END
$$;
