-- Ends the sessions of a reader and drops its role. Parameters: name.
SELECT set_config('killmart.reader', :name, TRUE);

DO $$
DECLARE
    reader text := current_setting('killmart.reader');
BEGIN
    IF NOT pg_has_role(current_user, reader, 'USAGE') THEN
        EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT TRUE', reader); -- else its sessions are not ours to end
    END IF;
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = reader;
    EXECUTE format('DROP ROLE %I', reader);
END
$$;
