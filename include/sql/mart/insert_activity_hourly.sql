-- Kills and losses of one UTC day by entity and hour, from the tables of create_day_tables.
-- Grain: one row per entity and hour. Parameters: day.
INSERT INTO fresh_activity_hourly (
    entity_id,
    entity_kind,
    day,
    hour,
    kills,
    losses,
    isk_killed,
    isk_lost
)
SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    hour,
    sum(kill) AS kills,
    sum(loss) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM mart_appearances
GROUP BY entity_kind, entity_id, hour
