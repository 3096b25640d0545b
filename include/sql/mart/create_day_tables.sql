-- What the tables of one UTC day are summed from; temporary, gone with the transaction. What counts as a kill and as a
-- loss, and for whom, is decided here and nowhere else; it is told at the top of migrations/sql/0001_warehouse/7_mart.sql.
-- Parameters: day.

-- Grain: one row per killmail and attacker who counts: a player's pilot, or what belongs to a player corporation.
CREATE TEMPORARY TABLE mart_attackers ON COMMIT DROP AS
SELECT
    attackers.killmail_id,
    attackers.attacker_index,
    attackers.character_id,
    attackers.corporation_id,
    attackers.alliance_id,
    attackers.ship_type_id,
    attackers.damage_done,
    attackers.final_blow,
    kills.system_id
FROM core.kills_fact AS kills
INNER JOIN core.kill_attackers AS attackers ON kills.killmail_id = attackers.killmail_id
WHERE
    kills.kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kills.kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
    AND NOT core.is_npc(attackers.character_id, attackers.corporation_id);
ANALYZE mart_attackers;

-- Grain: one row per killmail. A pilot who is listed twice is one attacker.
CREATE TEMPORARY TABLE mart_kills ON COMMIT DROP AS
WITH fleets AS (
    SELECT
        killmail_id,
        count(DISTINCT character_id) + count(*) FILTER (WHERE character_id IS NULL) AS attackers
    FROM mart_attackers
    GROUP BY killmail_id
)

SELECT
    kills.killmail_id,
    kills.system_id,
    cast(extract(HOUR FROM kills.kill_time AT TIME ZONE 'UTC') AS smallint) AS hour,
    coalesce(kills.total_value, 0) AS isk,
    coalesce(kills.points, 0) AS points,
    coalesce(kills.solo, FALSE) AS solo,
    cast(
        CASE
            WHEN kills.total_value IS NULL THEN -1
            WHEN kills.total_value < 10 THEN 0
            ELSE length(cast(kills.total_value AS text)) - 1
        END AS smallint
    ) AS magnitude,
    cast(
        coalesce(
            (
                SELECT max(bounds.at_least)
                FROM unnest(ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]) AS bounds (at_least)
                WHERE bounds.at_least <= fleets.attackers
            ),
            0
        ) AS smallint
    ) AS at_least,
    victims.character_id,
    victims.corporation_id,
    victims.alliance_id,
    victims.ship_type_id,
    victims.damage_taken
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN fleets ON kills.killmail_id = fleets.killmail_id
WHERE
    kills.kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kills.kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC';
ANALYZE mart_kills;

-- Grain: one row per entity, killmail and side (kill or loss), with what the sums need of the killmail.
CREATE TEMPORARY TABLE mart_appearances ON COMMIT DROP AS
WITH sides AS (
    SELECT
        entities.entity_kind,
        entities.entity_id,
        attackers.killmail_id,
        1 AS kill,
        0 AS loss,
        sum(attackers.damage_done) AS damage_done,
        max(cast(attackers.final_blow AS integer)) AS final_blow
    FROM mart_attackers AS attackers
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('character' AS mart.entity_kind), attackers.character_id),
            ('corporation', attackers.corporation_id),
            ('alliance', attackers.alliance_id),
            ('system', attackers.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL
    GROUP BY entities.entity_kind, entities.entity_id, attackers.killmail_id
    UNION ALL
    SELECT
        entities.entity_kind,
        entities.entity_id,
        kills.killmail_id,
        0 AS kill,
        1 AS loss,
        0 AS damage_done,
        0 AS final_blow
    FROM mart_kills AS kills
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('character' AS mart.entity_kind), kills.character_id),
            ('corporation', kills.corporation_id),
            ('alliance', kills.alliance_id),
            ('system', kills.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL
)

SELECT
    sides.entity_kind,
    sides.entity_id,
    sides.killmail_id,
    sides.kill,
    sides.loss,
    sides.damage_done,
    sides.final_blow,
    sides.kill * kills.isk AS isk_killed,
    sides.loss * kills.isk AS isk_lost,
    kills.isk,
    kills.points,
    kills.solo,
    kills.hour,
    kills.magnitude,
    kills.at_least,
    kills.system_id,
    kills.ship_type_id,
    kills.damage_taken
FROM sides
INNER JOIN mart_kills AS kills ON sides.killmail_id = kills.killmail_id;
ANALYZE mart_appearances;
