-- Kills and losses of one UTC day by corporation within its alliance. Grain: one row per alliance and corporation. Parameters: day.
INSERT INTO fresh_members_daily (
    entity_id,
    day,
    corporation_id,
    kills,
    losses,
    isk_killed,
    isk_lost
)
WITH kills AS (
    SELECT
        killmail_id,
        coalesce(total_value, 0) AS isk
    FROM core.kills_fact
    WHERE
        kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
        AND kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
),

sides AS (
    SELECT DISTINCT
        attackers.alliance_id,
        attackers.corporation_id,
        kills.killmail_id,
        kills.isk,
        TRUE AS is_kill
    FROM kills
    INNER JOIN core.kill_attackers AS attackers ON kills.killmail_id = attackers.killmail_id
    WHERE NOT core.is_npc(attackers.character_id, attackers.corporation_id)
    UNION ALL
    SELECT
        victims.alliance_id,
        victims.corporation_id,
        kills.killmail_id,
        kills.isk,
        FALSE AS is_kill
    FROM kills
    INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
)

SELECT
    alliance_id AS entity_id,
    cast(:day AS date) AS day,
    corporation_id,
    count(*) FILTER (WHERE is_kill) AS kills,
    count(*) FILTER (WHERE NOT is_kill) AS losses,
    coalesce(sum(isk) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(isk) FILTER (WHERE NOT is_kill), 0) AS isk_lost
FROM sides
WHERE alliance_id IS NOT NULL AND corporation_id IS NOT NULL
GROUP BY alliance_id, corporation_id
