-- What the warehouse was made from. Grain: one row per revision that was applied, oldest first.
SELECT
    revision,
    checksum
FROM public.schema_revisions
ORDER BY revision
