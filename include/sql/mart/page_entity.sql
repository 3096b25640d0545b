-- One character, corporation, alliance or system by its id, with what it belongs to. Grain: one row, or none.
-- Parameters: kind, entity_id.
SELECT
    'character' AS kind,
    characters.eve_id AS entity_id,
    characters.name,
    concat_ws(', ', corporations.name, alliances.name) AS belongs
FROM core.characters AS characters
LEFT JOIN core.corporations AS corporations ON characters.corporation_id = corporations.eve_id
LEFT JOIN core.alliances AS alliances ON characters.alliance_id = alliances.eve_id
WHERE :kind = 'character' AND characters.eve_id = :entity_id
UNION ALL
SELECT
    'corporation' AS kind,
    corporations.eve_id AS entity_id,
    corporations.name,
    coalesce(alliances.name, '') AS belongs
FROM core.corporations AS corporations
LEFT JOIN core.alliances AS alliances ON corporations.alliance_id = alliances.eve_id
WHERE :kind = 'corporation' AND corporations.eve_id = :entity_id
UNION ALL
SELECT
    'alliance' AS kind,
    eve_id AS entity_id,
    name,
    '' AS belongs
FROM core.alliances
WHERE :kind = 'alliance' AND eve_id = :entity_id
UNION ALL
SELECT
    'system' AS kind,
    system_id AS entity_id,
    name,
    concat_ws(', ', constellation_name, region_name) AS belongs
FROM reference.solar_systems
WHERE :kind = 'system' AND system_id = :entity_id
