-- Kills and losses per entity, UTC day and hour, by key. Grain: one row per day, entity_kind, entity_id, hour.
-- Parameters: first and last (days, both included), entity_kind and entity_id (null for all), the key of the last row shown
-- (after_day, after_kind, after_id, after_part: its hour; null on the first page), limit.
SELECT
    day,
    entity_kind,
    entity_id,
    hour,
    weekday,
    kills,
    losses,
    isk_killed,
    isk_lost
FROM mart.activity_hourly
WHERE
    day BETWEEN cast(:first AS date) AND cast(:last AS date)
    AND (cast(:entity_kind AS mart.entity_kind) IS NULL OR entity_kind = cast(:entity_kind AS mart.entity_kind))
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND (
        cast(:after_day AS date) IS NULL
        OR (day, entity_kind, entity_id, hour) > (
            cast(:after_day AS date),
            cast(:after_kind AS mart.entity_kind),
            cast(:after_id AS bigint),
            cast(:after_part AS bigint)
        )
    )
ORDER BY day, entity_kind, entity_id, hour
LIMIT :limit
