-- Kills and losses per entity and UTC day, by key. Grain: one row per day, entity_kind, entity_id.
-- Parameters: first and last (days, both included), entity_kind and entity_id (null for all), the key of the last row shown
-- (after_day, after_kind, after_id; null on the first page), limit.
SELECT
    day,
    entity_kind,
    entity_id,
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
FROM mart.activity_daily
WHERE
    day BETWEEN cast(:first AS date) AND cast(:last AS date)
    AND (cast(:entity_kind AS mart.entity_kind) IS NULL OR entity_kind = cast(:entity_kind AS mart.entity_kind))
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND (
        cast(:after_day AS date) IS NULL
        OR (day, entity_kind, entity_id) > (
            cast(:after_day AS date),
            cast(:after_kind AS mart.entity_kind),
            cast(:after_id AS bigint)
        )
    )
ORDER BY day, entity_kind, entity_id
LIMIT :limit
