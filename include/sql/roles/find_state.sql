-- Who is asking, whose the warehouse is or is to be, and what is missing of its roles. Grain: one row. Parameters: none.
SELECT
    current_user::text AS asks,
    warehouse.owner,
    warehouse.is_there,
    coalesce(pg_has_role(current_user, to_regrole(quote_ident(warehouse.owner)), 'SET'), FALSE) AS may_own,
    (
        SELECT count(*) = 3 FROM pg_roles
        WHERE rolname IN ('killmart_owner', 'killmart_loader', 'killmart_reader')
    ) AS has_roles,
    CASE
        WHEN warehouse.is_there THEN coalesce(has_schema_privilege(to_regrole('killmart_loader'), 'core', 'USAGE'), FALSE)
        ELSE FALSE
    END AS has_grants
FROM (
    SELECT
        count(*) > 0 AS is_there,
        coalesce(max(pg_get_userbyid(nspowner)::text), 'killmart_owner') AS owner
    FROM pg_namespace
    WHERE nspname = 'core'
) AS warehouse
