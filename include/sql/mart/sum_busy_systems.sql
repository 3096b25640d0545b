-- The systems in which most was lost, by anybody. Grain: one row per system. Parameters: first, last, limit.
WITH places AS (
    SELECT
        entity_id,
        sum(kills) AS kills,
        sum(losses) AS losses,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost
    FROM mart.activity_daily
    WHERE entity_kind = 'system' AND day BETWEEN :first AND :last
    GROUP BY entity_id
    ORDER BY sum(losses) DESC, entity_id
    LIMIT :limit
)

SELECT
    places.entity_id AS system_id,
    systems.name,
    systems.region_name,
    places.kills,
    places.losses,
    places.isk_killed,
    places.isk_lost
FROM places
LEFT JOIN reference.solar_systems AS systems ON places.entity_id = systems.system_id
ORDER BY places.losses DESC, places.entity_id ASC
