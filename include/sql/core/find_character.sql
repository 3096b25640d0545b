-- One character with its affiliation. Grain: one row or none. Parameters: entity_id.
SELECT
    entities.eve_id AS entity_id,
    entities.name,
    entities.corporation_id,
    corporations.name AS corporation_name,
    entities.alliance_id,
    alliances.name AS alliance_name,
    entities.first_seen,
    entities.last_seen
FROM core.characters AS entities
LEFT JOIN core.corporations ON entities.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON entities.alliance_id = alliances.eve_id
WHERE entities.eve_id = :entity_id
