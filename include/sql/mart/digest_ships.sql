-- The ship types lost most on a day, by an entity or by everybody (the sums of all systems). Grain: one row per type.
-- Parameters: day, entity_kind and entity_id (null for everybody), limit.
SELECT
    ships.ship_type_id AS entity_id,
    types.name,
    sum(ships.lost)::bigint AS lost,
    sum(ships.isk_lost) AS isk
FROM mart.ships_daily AS ships
LEFT JOIN reference.types ON ships.ship_type_id = types.type_id
WHERE
    ships.day = cast(:day AS date)
    AND ships.entity_kind = coalesce(cast(:entity_kind AS mart.entity_kind), 'system')
    AND (cast(:entity_id AS bigint) IS NULL OR ships.entity_id = cast(:entity_id AS bigint))
    AND ships.lost > 0
GROUP BY ships.ship_type_id, types.name
ORDER BY lost DESC, isk DESC, ships.ship_type_id ASC
LIMIT :limit
