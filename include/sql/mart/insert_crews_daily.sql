-- Pilots of corporations, of alliances and in systems on one UTC day, and what they flew on kills. NPCs fly for nobody, whoever loses.
-- Grain: one row per entity. Parameters: day.
INSERT INTO fresh_crews_daily (
    entity_id,
    entity_kind,
    day,
    pilots,
    ship_type_ids,
    kills_with
)
WITH kills AS (
    SELECT
        killmail_id,
        system_id
    FROM core.kills_fact
    WHERE
        kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
        AND kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
),

players AS (
    SELECT
        kills.killmail_id,
        kills.system_id,
        attackers.character_id,
        attackers.corporation_id,
        attackers.alliance_id,
        attackers.ship_type_id
    FROM kills
    INNER JOIN core.kill_attackers AS attackers ON kills.killmail_id = attackers.killmail_id
    WHERE NOT core.is_npc(attackers.character_id, attackers.corporation_id)
    UNION ALL
    SELECT
        kills.killmail_id,
        kills.system_id,
        victims.character_id,
        victims.corporation_id,
        victims.alliance_id,
        NULL AS ship_type_id
    FROM kills
    INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
    WHERE NOT core.is_npc(victims.character_id, victims.corporation_id)
),

seen AS (
    SELECT
        entities.entity_kind,
        entities.entity_id,
        players.killmail_id,
        players.character_id,
        players.ship_type_id
    FROM players
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('corporation' AS mart.entity_kind), players.corporation_id),
            ('alliance', players.alliance_id),
            ('system', players.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL
),

flown AS (
    SELECT
        entity_kind,
        entity_id,
        ship_type_id,
        count(DISTINCT killmail_id) AS kills_with
    FROM seen
    WHERE ship_type_id IS NOT NULL
    GROUP BY entity_kind, entity_id, ship_type_id
),

ships AS (
    SELECT
        entity_kind,
        entity_id,
        array_agg(ship_type_id ORDER BY ship_type_id) AS ship_type_ids,
        array_agg(cast(kills_with AS integer) ORDER BY ship_type_id) AS kills_with
    FROM flown
    GROUP BY entity_kind, entity_id
),

pilots AS (
    SELECT
        entity_kind,
        entity_id,
        count(DISTINCT character_id) AS pilots
    FROM seen
    GROUP BY entity_kind, entity_id
)

SELECT
    pilots.entity_id,
    pilots.entity_kind,
    cast(:day AS date) AS day,
    pilots.pilots,
    coalesce(ships.ship_type_ids, '{}') AS ship_type_ids,
    coalesce(ships.kills_with, '{}') AS kills_with
FROM pilots
LEFT JOIN ships ON pilots.entity_kind = ships.entity_kind AND pilots.entity_id = ships.entity_id
