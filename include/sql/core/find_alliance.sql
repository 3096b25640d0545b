-- One alliance with its affiliation. Grain: one row or none. Parameters: entity_id.
SELECT
    entities.eve_id AS entity_id,
    entities.name,
    entities.first_seen,
    entities.last_seen
FROM core.alliances AS entities
WHERE entities.eve_id = :entity_id
