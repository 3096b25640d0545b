-- What has an id: a character, a corporation, an alliance or a system. Grain: one row per entity. Parameters: entity_id.
SELECT
    'alliance' AS kind,
    cast(eve_id AS bigint) AS entity_id,
    name,
    '' AS belongs
FROM core.alliances
WHERE eve_id = :entity_id
UNION ALL
SELECT
    'corporation' AS kind,
    cast(eve_id AS bigint) AS entity_id,
    name,
    '' AS belongs
FROM core.corporations
WHERE eve_id = :entity_id
UNION ALL
SELECT
    'system' AS kind,
    cast(system_id AS bigint) AS entity_id,
    name,
    coalesce(region_name, '') AS belongs
FROM reference.solar_systems
WHERE system_id = :entity_id
UNION ALL
SELECT
    'character' AS kind,
    cast(eve_id AS bigint) AS entity_id,
    name,
    '' AS belongs
FROM core.characters
WHERE eve_id = :entity_id
