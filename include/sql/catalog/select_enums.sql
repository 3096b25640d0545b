-- Enumerated types of some schemas with their values in order. Grain: one row per type. Parameters: schemas (names).
SELECT
    types.typnamespace::regnamespace::text AS schema,
    types.typname::text AS name,
    array_agg(labels.enumlabel::text ORDER BY labels.enumsortorder) AS labels
FROM pg_type AS types
INNER JOIN pg_enum AS labels ON types.oid = labels.enumtypid
WHERE types.typnamespace::regnamespace::text = any(:schemas)
GROUP BY types.typnamespace, types.typname
ORDER BY types.typname
