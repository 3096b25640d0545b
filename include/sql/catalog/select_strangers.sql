-- What a database holds that is no part of a warehouse, some of it. Grain: one row per table, view or sequence.
SELECT format('%I.%I', schemas.nspname, relations.relname) AS name
FROM pg_class AS relations
INNER JOIN pg_namespace AS schemas ON relations.relnamespace = schemas.oid
WHERE
    relations.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND schemas.nspname != all(
        ARRAY['information_schema', 'candidate', 'core', 'legacy', 'mart', 'ops', 'quality', 'reference', 'staging']
    )
    AND schemas.nspname !~ '^pg_'
    AND (schemas.nspname, relations.relname) NOT IN (('public', 'schema_version'), ('public', 'schema_revisions'))
    AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE pg_depend.classid = 'pg_class'::regclass AND pg_depend.objid = relations.oid AND pg_depend.deptype = 'e'
    )
ORDER BY name
LIMIT 5
