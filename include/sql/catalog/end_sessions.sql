-- Ends who is connected to a database, and waits five seconds for it. Grain: one row per session. Parameters: database.
SELECT pg_terminate_backend(pid, 5000) AS is_ended
FROM pg_stat_activity
WHERE datname = :database AND pid != pg_backend_pid() AND coalesce(backend_type, 'client backend') = 'client backend'
