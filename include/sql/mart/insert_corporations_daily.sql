-- Kills and losses of one UTC day by corporation within alliances and systems, from the tables of create_day_tables.
-- Grain: one row per alliance or system and corporation. Parameters: day.
INSERT INTO fresh_corporations_daily (
    entity_id,
    entity_kind,
    day,
    corporation_id,
    kills,
    losses,
    isk_killed,
    isk_lost
)
WITH kills AS (
    SELECT DISTINCT
        entities.entity_kind,
        entities.entity_id,
        attackers.corporation_id,
        attackers.killmail_id
    FROM mart_attackers AS attackers
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('alliance' AS mart.entity_kind), attackers.alliance_id),
            ('system', attackers.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL AND attackers.corporation_id IS NOT NULL
),

sides AS (
    SELECT
        kills.entity_kind,
        kills.entity_id,
        kills.corporation_id,
        1 AS kill,
        0 AS loss,
        killed.isk AS isk_killed,
        0 AS isk_lost
    FROM kills
    INNER JOIN mart_kills AS killed ON kills.killmail_id = killed.killmail_id
    UNION ALL
    SELECT
        entities.entity_kind,
        entities.entity_id,
        lost.corporation_id,
        0 AS kill,
        1 AS loss,
        0 AS isk_killed,
        lost.isk AS isk_lost
    FROM mart_kills AS lost
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('alliance' AS mart.entity_kind), lost.alliance_id),
            ('system', lost.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL AND lost.corporation_id IS NOT NULL
)

SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    corporation_id,
    sum(kill) AS kills,
    sum(loss) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM sides
GROUP BY entity_kind, entity_id, corporation_id
