-- What has an id: a character, a corporation, an alliance or a system, with what it belongs to. Grain: one row per entity.
-- Parameters: entity_id, entity_kind (null for all).
SELECT
    entity_kind,
    entity_id,
    name,
    corporation_id,
    corporation_name,
    alliance_id,
    alliance_name,
    constellation_name,
    region_id,
    region_name,
    security,
    first_seen,
    last_seen
FROM core.entities_named
WHERE
    entity_id = :entity_id
    AND (cast(:entity_kind AS text) IS NULL OR entity_kind = cast(:entity_kind AS text))
