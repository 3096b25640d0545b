-- Kills and losses of one UTC day by entity and solar system, from the tables of create_day_tables.
-- Grain: one row per entity and system_id. Parameters: day.
INSERT INTO fresh_systems_daily (
    entity_id,
    entity_kind,
    day,
    system_id,
    kills,
    losses,
    isk_killed,
    isk_lost
)
SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    system_id,
    sum(kill) AS kills,
    sum(loss) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM mart_appearances
WHERE entity_kind <> 'system'
GROUP BY entity_kind, entity_id, system_id
