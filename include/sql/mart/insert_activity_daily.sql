-- Kills and losses of one UTC day by entity, from the tables of create_day_tables. Grain: one row per entity.
-- Parameters: day.
INSERT INTO fresh_activity_daily (
    entity_id,
    entity_kind,
    day,
    kills,
    losses,
    solo_kills,
    solo_losses,
    npc_losses,
    final_blows,
    pilots,
    kills_valued,
    losses_valued,
    points,
    points_lost,
    isk_killed,
    isk_lost,
    damage_done,
    damage_taken
)
WITH members AS (
    SELECT
        character_id,
        corporation_id,
        alliance_id,
        system_id
    FROM mart_attackers
    UNION
    SELECT
        CASE WHEN NOT core.is_npc(character_id, corporation_id) THEN character_id END AS character_id,
        corporation_id,
        alliance_id,
        system_id
    FROM mart_kills
),

pilots AS (
    SELECT
        entities.entity_kind,
        entities.entity_id,
        count(DISTINCT members.character_id) AS pilots
    FROM members
    CROSS JOIN
        LATERAL (
            VALUES
            (cast('character' AS mart.entity_kind), members.character_id),
            ('corporation', members.corporation_id),
            ('alliance', members.alliance_id),
            ('system', members.system_id)
        ) AS entities (entity_kind, entity_id)
    WHERE entities.entity_id IS NOT NULL
    GROUP BY entities.entity_kind, entities.entity_id
),

sums AS (
    SELECT
        entity_kind,
        entity_id,
        sum(kill) AS kills,
        sum(loss) AS losses,
        sum(kill) FILTER (WHERE solo) AS solo_kills,
        sum(loss) FILTER (WHERE solo) AS solo_losses,
        sum(loss) FILTER (WHERE at_least = 0) AS npc_losses,
        sum(final_blow) AS final_blows,
        sum(kill) FILTER (WHERE magnitude >= 0) AS kills_valued,
        sum(loss) FILTER (WHERE magnitude >= 0) AS losses_valued,
        sum(points) FILTER (WHERE kill = 1) AS points,
        sum(points) FILTER (WHERE loss = 1) AS points_lost,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost,
        sum(damage_done) AS damage_done,
        sum(damage_taken) FILTER (WHERE loss = 1) AS damage_taken
    FROM mart_appearances
    GROUP BY entity_kind, entity_id
)

SELECT
    sums.entity_id,
    sums.entity_kind,
    cast(:day AS date) AS day,
    sums.kills,
    sums.losses,
    coalesce(sums.solo_kills, 0) AS solo_kills,
    coalesce(sums.solo_losses, 0) AS solo_losses,
    coalesce(sums.npc_losses, 0) AS npc_losses,
    sums.final_blows,
    coalesce(pilots.pilots, 0) AS pilots,
    coalesce(sums.kills_valued, 0) AS kills_valued,
    coalesce(sums.losses_valued, 0) AS losses_valued,
    coalesce(sums.points, 0) AS points,
    coalesce(sums.points_lost, 0) AS points_lost,
    sums.isk_killed,
    sums.isk_lost,
    sums.damage_done,
    coalesce(sums.damage_taken, 0) AS damage_taken
FROM sums
LEFT JOIN pilots ON sums.entity_kind = pilots.entity_kind AND sums.entity_id = pilots.entity_id
