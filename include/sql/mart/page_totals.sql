-- What an entity did in a range of days, in all. Grain: one row. Parameters: kind, entity_id (null for all of the kind),
-- first, last.
SELECT
    coalesce(sum(kills), 0) AS kills,
    coalesce(sum(losses), 0) AS losses,
    coalesce(sum(solo_kills), 0) AS solo_kills,
    coalesce(sum(npc_losses), 0) AS npc_losses,
    coalesce(sum(final_blows), 0) AS final_blows,
    coalesce(sum(points), 0) AS points,
    coalesce(sum(kills_valued), 0) AS kills_valued,
    coalesce(sum(losses_valued), 0) AS losses_valued,
    mart.known_isk(coalesce(sum(isk_killed), 0), sum(kills_valued), coalesce(sum(kills), 0)) AS isk_killed,
    mart.known_isk(coalesce(sum(isk_lost), 0), sum(losses_valued), coalesce(sum(losses), 0)) AS isk_lost,
    count(DISTINCT day) AS active_days
FROM mart.activity_daily
WHERE
    entity_kind = cast(:kind AS mart.entity_kind)
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND day BETWEEN :first AND :last
