-- Ship types of one UTC day by entity: flown on kills, killed, lost; from the tables of create_day_tables.
-- Grain: one row per entity and ship type. Parameters: day.
INSERT INTO fresh_ships_daily (
    entity_id,
    entity_kind,
    day,
    ship_type_id,
    kills_with,
    killed,
    lost,
    isk_killed,
    isk_lost
)
WITH flown AS (
    SELECT DISTINCT
        entities.entity_kind,
        entities.entity_id,
        attackers.killmail_id,
        attackers.ship_type_id
    FROM mart_attackers AS attackers
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('character' AS mart.entity_kind), attackers.character_id),
            ('corporation', attackers.corporation_id),
            ('alliance', attackers.alliance_id),
            ('system', attackers.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL AND attackers.ship_type_id IS NOT NULL
),

ships AS (
    SELECT
        entity_kind,
        entity_id,
        ship_type_id,
        1 AS kills_with,
        0 AS killed,
        0 AS lost,
        0 AS isk_killed,
        0 AS isk_lost
    FROM flown
    UNION ALL
    SELECT
        entity_kind,
        entity_id,
        ship_type_id,
        0 AS kills_with,
        kill AS killed,
        loss AS lost,
        isk_killed,
        isk_lost
    FROM mart_appearances
)

SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    ship_type_id,
    sum(kills_with) AS kills_with,
    sum(killed) AS killed,
    sum(lost) AS lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM ships
GROUP BY entity_kind, entity_id, ship_type_id
