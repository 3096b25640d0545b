-- The systems in which an entity killed and lost most. Grain: one row per system. Parameters: entity_kind, entity_id, first,
-- last, limit.
WITH places AS (
    SELECT
        system_id,
        sum(kills) AS kills,
        sum(losses) AS losses,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost
    FROM mart.systems_daily
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    GROUP BY system_id
    ORDER BY sum(kills) + sum(losses) DESC, system_id
    LIMIT :limit
)

SELECT
    places.system_id,
    systems.name,
    systems.region_name,
    places.kills,
    places.losses,
    places.isk_killed,
    places.isk_lost
FROM places
LEFT JOIN reference.solar_systems AS systems ON places.system_id = systems.system_id
ORDER BY places.kills + places.losses DESC, places.system_id
