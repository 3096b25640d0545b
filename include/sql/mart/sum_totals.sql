-- What an entity did over some days, in all. Grain: one row. Parameters: entity_kind, entity_id (null for everybody), first and last
-- (days, both included).
WITH days AS (
    SELECT
        day,
        kills,
        losses,
        solo_kills,
        solo_losses,
        npc_losses,
        final_blows,
        points,
        points_lost,
        kills_valued,
        losses_valued,
        isk_killed,
        isk_lost
    FROM mart.activity_daily
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    UNION ALL
    SELECT
        day,
        kills,
        losses,
        solo_kills,
        solo_losses,
        npc_losses,
        final_blows,
        points,
        points_lost,
        kills_valued,
        losses_valued,
        isk_killed,
        isk_lost
    FROM mart.sums_daily
    WHERE cast(:entity_id AS bigint) IS NULL AND entity_id = 0 AND counted_by = 'day' AND day BETWEEN :first AND :last
),

sums AS (
    SELECT
        coalesce(sum(kills), 0)::bigint AS kills,
        coalesce(sum(losses), 0)::bigint AS losses,
        coalesce(sum(solo_kills), 0)::bigint AS solo_kills,
        coalesce(sum(solo_losses), 0)::bigint AS solo_losses,
        coalesce(sum(npc_losses), 0)::bigint AS npc_losses,
        coalesce(sum(final_blows), 0)::bigint AS final_blows,
        coalesce(sum(points), 0)::bigint AS points,
        coalesce(sum(points_lost), 0)::bigint AS points_lost,
        coalesce(sum(kills_valued), 0)::bigint AS kills_valued,
        coalesce(sum(losses_valued), 0)::bigint AS losses_valued,
        mart.known_isk(coalesce(sum(isk_killed), 0), sum(kills_valued), coalesce(sum(kills), 0)) AS isk_killed,
        mart.known_isk(coalesce(sum(isk_lost), 0), sum(losses_valued), coalesce(sum(losses), 0)) AS isk_lost,
        count(DISTINCT day) AS active_days,
        max(day) AS last_active_day
    FROM days
)

SELECT
    sums.*,
    sums.kills::double precision / nullif(sums.losses, 0) AS ratio,
    (sums.isk_killed / nullif(sums.isk_killed + sums.isk_lost, 0))::double precision AS efficiency
FROM sums
