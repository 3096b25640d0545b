-- What some schemas are for, by their comments. Grain: one row per schema. Parameters: schemas (names).
SELECT
    nspname::text AS name,
    coalesce(obj_description(oid, 'pg_namespace'), '') AS comment
FROM pg_namespace
WHERE nspname::text = any(:schemas)
ORDER BY array_position(:schemas, nspname::text)
