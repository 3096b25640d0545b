-- Functions and procedures of some schemas, those of triggers apart. Grain: one row per routine. Parameters: schemas (names).
SELECT
    routines.pronamespace::regnamespace::text AS schema,
    routines.proname::text AS name,
    pg_get_function_identity_arguments(routines.oid) AS arguments,
    coalesce(pg_get_function_result(routines.oid), '') AS result,
    coalesce(obj_description(routines.oid, 'pg_proc'), '') AS comment
FROM pg_proc AS routines
WHERE
    routines.pronamespace::regnamespace::text = any(:schemas)
    AND routines.prorettype <> 'trigger'::regtype
ORDER BY array_position(:schemas, routines.pronamespace::regnamespace::text), routines.proname
