-- Whether the server has a database of this name. Grain: one row. Parameters: database.
SELECT count(*) = 1 AS is_there
FROM pg_database
WHERE datname = :database
