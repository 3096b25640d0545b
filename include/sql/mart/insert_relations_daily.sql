-- Whom corporations and alliances flew with and fought on one UTC day, from the tables of create_day_tables. Each pair
-- is counted once and written from both ends. Grain: one row per entity and other entity of its kind. Parameters: day.
INSERT INTO fresh_relations_daily (
    entity_id,
    entity_kind,
    day,
    other_id,
    flew_with,
    kills,
    losses,
    isk_with,
    isk_killed,
    isk_lost
)
WITH groups AS (
    SELECT
        entity_kind,
        entity_id,
        killmail_id,
        kill,
        isk
    FROM mart_appearances
    WHERE
        entity_kind = 'alliance'
        OR (entity_kind = 'corporation' AND NOT core.is_npc(NULL, entity_id))
),

companions AS (
    SELECT
        one.entity_kind,
        one.entity_id,
        other.entity_id AS other_id,
        count(*) AS killmails,
        sum(one.isk) AS isk
    FROM groups AS one
    INNER JOIN groups AS other ON one.killmail_id = other.killmail_id AND one.entity_kind = other.entity_kind
    WHERE one.kill = 1 AND other.kill = 1 AND one.entity_id < other.entity_id
    GROUP BY one.entity_kind, one.entity_id, other.entity_id
),

enemies AS (
    SELECT
        attacker.entity_kind,
        attacker.entity_id,
        victim.entity_id AS other_id,
        count(*) AS killmails,
        sum(attacker.isk) AS isk
    FROM groups AS attacker
    INNER JOIN groups AS victim ON attacker.killmail_id = victim.killmail_id AND attacker.entity_kind = victim.entity_kind
    WHERE attacker.kill = 1 AND victim.kill = 0 AND attacker.entity_id <> victim.entity_id
    GROUP BY attacker.entity_kind, attacker.entity_id, victim.entity_id
),

edges AS (
    SELECT
        companions.entity_kind,
        ends.entity_id,
        ends.other_id,
        companions.killmails AS flew_with,
        0 AS kills,
        0 AS losses,
        companions.isk AS isk_with,
        0 AS isk_killed,
        0 AS isk_lost
    FROM companions
    CROSS JOIN
        LATERAL (
            VALUES
            (companions.entity_id, companions.other_id),
            (companions.other_id, companions.entity_id)
        ) AS ends (entity_id, other_id)
    UNION ALL
    SELECT
        entity_kind,
        entity_id,
        other_id,
        0 AS flew_with,
        killmails AS kills,
        0 AS losses,
        0 AS isk_with,
        isk AS isk_killed,
        0 AS isk_lost
    FROM enemies
    UNION ALL
    SELECT
        entity_kind,
        other_id AS entity_id,
        entity_id AS other_id,
        0 AS flew_with,
        0 AS kills,
        killmails AS losses,
        0 AS isk_with,
        0 AS isk_killed,
        isk AS isk_lost
    FROM enemies
)

SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    other_id,
    sum(flew_with) AS flew_with,
    sum(kills) AS kills,
    sum(losses) AS losses,
    sum(isk_with) AS isk_with,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM edges
GROUP BY entity_kind, entity_id, other_id
