-- Characters, corporations, alliances and systems whose name begins with a text, in any case: the first `limit` of each
-- kind in the order of their names, for which the index on lower(name) needs no more than these. Exact names come first.
-- Each kind is a branch over its table: from core.entities_named PostgreSQL would read all names that match before it takes the first.
-- Grain: one row per entity. Parameters: pattern (the text, its signs of LIKE escaped, and a %), typed, limit.
WITH found AS (
    (
        SELECT
            0 AS place,
            'alliance' AS entity_kind,
            cast(eve_id AS bigint) AS entity_id,
            name,
            NULL AS region_name
        FROM core.alliances
        WHERE lower(name) COLLATE "C" LIKE lower(:pattern)
        ORDER BY lower(name) COLLATE "C", eve_id
        LIMIT :limit
    )
    UNION ALL
    (
        SELECT
            1 AS place,
            'corporation' AS entity_kind,
            cast(eve_id AS bigint) AS entity_id,
            name,
            NULL AS region_name
        FROM core.corporations
        WHERE lower(name) COLLATE "C" LIKE lower(:pattern)
        ORDER BY lower(name) COLLATE "C", eve_id
        LIMIT :limit
    )
    UNION ALL
    (
        SELECT
            2 AS place,
            'system' AS entity_kind,
            cast(system_id AS bigint) AS entity_id,
            name,
            region_name
        FROM reference.solar_systems
        WHERE lower(name) COLLATE "C" LIKE lower(:pattern)
        ORDER BY lower(name) COLLATE "C", system_id
        LIMIT :limit
    )
    UNION ALL
    (
        SELECT
            3 AS place,
            'character' AS entity_kind,
            cast(eve_id AS bigint) AS entity_id,
            name,
            NULL AS region_name
        FROM core.characters
        WHERE lower(name) COLLATE "C" LIKE lower(:pattern)
        ORDER BY lower(name) COLLATE "C", eve_id
        LIMIT :limit
    )
)

SELECT
    entity_kind,
    entity_id,
    name,
    region_name,
    lower(name) = lower(:typed) AS is_exact
FROM found
ORDER BY is_exact DESC, place ASC, lower(name) COLLATE "C" ASC, entity_id ASC
