-- Makes a role that may read as killmart_reader may, within the same limits.
-- Parameters: name, password (as PostgreSQL keeps it: its SCRAM verifier).
SELECT
    set_config('killmart.reader', :name, TRUE),
    set_config('killmart.password', :password, TRUE);

DO $$
DECLARE
    reader text := current_setting('killmart.reader');
    most integer;
    setting text;
BEGIN
    SELECT rolconnlimit INTO STRICT most FROM pg_roles WHERE rolname = 'killmart_reader';
    EXECUTE format('CREATE ROLE %I LOGIN CONNECTION LIMIT %s PASSWORD %L', reader, most, current_setting('killmart.password'));
    FOR setting IN SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = 'killmart_reader' LOOP
        EXECUTE format('ALTER ROLE %I SET %I = %L', reader, split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1));
    END LOOP;
    EXECUTE format('GRANT killmart_reader TO %I WITH INHERIT TRUE, SET FALSE', reader);
END
$$;
