-- Who is connected to a database. Grain: one row per program and role. Parameters: database.
SELECT DISTINCT coalesce(nullif(application_name, ''), 'a program without a name') || ' as ' || coalesce(usename, 'nobody') AS name
FROM pg_stat_activity
WHERE datname = :database AND pid != pg_backend_pid() AND coalesce(backend_type, 'client backend') = 'client backend'
ORDER BY name
