-- Kills and losses per day, of an entity or of everybody (the sums of all systems). Grain: one row per day with any.
-- Parameters: entity_kind and entity_id (null for everybody), first and last (days, both included).
SELECT
    day,
    sum(kills)::bigint AS kills,
    sum(losses)::bigint AS losses,
    sum(kills_valued)::bigint AS kills_valued,
    sum(losses_valued)::bigint AS losses_valued,
    mart.known_isk(sum(isk_killed), sum(kills_valued), sum(kills)) AS isk_killed,
    mart.known_isk(sum(isk_lost), sum(losses_valued), sum(losses)) AS isk_lost
FROM mart.activity_daily
WHERE
    day BETWEEN cast(:first AS date) AND cast(:last AS date)
    AND entity_kind = coalesce(cast(:entity_kind AS mart.entity_kind), 'system')
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
GROUP BY day
ORDER BY day
