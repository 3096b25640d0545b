-- Whether this database has tables of Killmart, and whether it says what they were made from. Grain: one row.
SELECT
    to_regclass('core.kills_fact') IS NOT NULL AS is_migrated,
    to_regclass('public.schema_revisions') IS NOT NULL AS is_told
