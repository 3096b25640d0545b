-- Ship types that an entity flew on kills, killed and lost. Grain: one row per type. Parameters: entity_kind, entity_id (null
-- for everybody), first, last.
WITH days AS (
    SELECT
        ship_type_id,
        kills_with,
        killed,
        lost,
        isk_killed,
        isk_lost
    FROM mart.ships_daily
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    UNION ALL
    SELECT
        cast(bucket AS integer) AS ship_type_id,
        kills_with,
        kills AS killed,
        losses AS lost,
        isk_killed,
        isk_lost
    FROM mart.sums_daily
    WHERE cast(:entity_id AS bigint) IS NULL AND entity_id = 0 AND counted_by = 'ship' AND day BETWEEN :first AND :last
),

ships AS (
    SELECT
        ship_type_id,
        sum(kills_with) AS kills_with,
        sum(killed) AS killed,
        sum(lost) AS lost,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost
    FROM days
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
