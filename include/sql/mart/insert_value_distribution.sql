-- Kills and losses of one UTC day by entity and power of ten of their value, from the tables of create_day_tables.
-- Grain: one row per entity and magnitude. Parameters: day.
INSERT INTO fresh_value_distribution (
    entity_id,
    entity_kind,
    day,
    magnitude,
    kills,
    losses,
    isk_killed,
    isk_lost
)
SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    magnitude,
    sum(kill) AS kills,
    sum(loss) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM mart_appearances
GROUP BY entity_kind, entity_id, magnitude
