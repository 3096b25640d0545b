-- When an entity kills and loses. Grain: one row per weekday (Monday is 1) and UTC hour that has any.
-- Parameters: entity_kind, entity_id (null for everybody), first, last.
WITH hours AS (
    SELECT
        weekday,
        hour,
        kills,
        losses
    FROM mart.activity_hourly
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    UNION ALL
    SELECT
        date_part('isodow', day) AS weekday,
        bucket AS hour,
        kills,
        losses
    FROM mart.sums_daily
    WHERE cast(:entity_id AS bigint) IS NULL AND entity_id = 0 AND counted_by = 'hour' AND day BETWEEN :first AND :last
)

SELECT
    cast(weekday AS smallint) AS weekday,
    cast(hour AS smallint) AS hour,
    sum(kills) AS kills,
    sum(losses) AS losses
FROM hours
GROUP BY weekday, hour
ORDER BY weekday, hour
