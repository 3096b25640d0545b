-- When an entity kills and loses. Grain: one row per weekday (Monday is 1) and UTC hour that has any.
-- Parameters: entity_kind, entity_id (null for all of the kind), first, last.
SELECT
    weekday,
    hour,
    sum(kills) AS kills,
    sum(losses) AS losses
FROM mart.activity_hourly
WHERE
    entity_kind = cast(:entity_kind AS mart.entity_kind)
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND day BETWEEN :first AND :last
GROUP BY weekday, hour
ORDER BY weekday, hour
