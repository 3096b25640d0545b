-- Whether this database has tables of Killmart, and whether it says what they were made from; whoever may connect may ask. Grain: one row.
SELECT
    coalesce(bool_or(schemas.nspname = 'core' AND relations.relname = 'kills_fact'), FALSE) AS is_migrated,
    coalesce(bool_or(schemas.nspname = 'public' AND relations.relname = 'schema_revisions'), FALSE) AS is_told
FROM pg_class AS relations
INNER JOIN pg_namespace AS schemas ON relations.relnamespace = schemas.oid
WHERE relations.relname IN ('kills_fact', 'schema_revisions')
