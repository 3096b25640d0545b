-- Roles that the server does not have, out of some. Grain: one row per role. Parameters: names.
SELECT wanted.name
FROM unnest(cast(:names AS text[])) AS wanted (name)
LEFT JOIN pg_roles ON wanted.name = pg_roles.rolname
WHERE pg_roles.rolname IS NULL
ORDER BY wanted.name
