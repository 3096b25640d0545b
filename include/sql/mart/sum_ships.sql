-- Ship types that an entity flew on kills, killed and lost. Grain: one row per type. Parameters: entity_kind, entity_id (null
-- for all of the kind), first, last.
WITH ships AS (
    SELECT
        ship_type_id,
        sum(kills_with) AS kills_with,
        sum(killed) AS killed,
        sum(lost) AS lost,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost
    FROM mart.ships_daily
    WHERE
        entity_kind = cast(:entity_kind AS mart.entity_kind)
        AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
        AND day BETWEEN :first AND :last
    GROUP BY ship_type_id
)

SELECT
    ships.ship_type_id,
    types.name AS ship_name,
    ships.kills_with,
    ships.killed,
    ships.lost,
    ships.isk_killed,
    ships.isk_lost
FROM ships
LEFT JOIN reference.types AS types ON ships.ship_type_id = types.type_id
ORDER BY ships.killed + ships.lost DESC, ships.ship_type_id
