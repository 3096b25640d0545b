-- The ship types that an entity flew on most kills over some days, then those it killed and lost most. Grain: one row per type.
-- Parameters: entity_kind, entity_id, first and last (days, both included), limit.
SELECT
    ships.ship_type_id,
    types.name AS ship_name,
    sum(ships.kills_with)::bigint AS kills_with,
    sum(ships.killed)::bigint AS killed,
    sum(ships.lost)::bigint AS lost,
    sum(ships.isk_killed) AS isk_killed,
    sum(ships.isk_lost) AS isk_lost
FROM mart.ships_daily AS ships
LEFT JOIN reference.types ON ships.ship_type_id = types.type_id
WHERE
    ships.entity_kind = cast(:entity_kind AS mart.entity_kind) AND ships.entity_id = :entity_id
    AND ships.day BETWEEN cast(:first AS date) AND cast(:last AS date)
GROUP BY ships.ship_type_id, types.name
ORDER BY kills_with DESC, killed DESC, lost DESC, ships.ship_type_id ASC
LIMIT :limit
