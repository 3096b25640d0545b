-- Kills and losses of one UTC day by entity and number of attackers, from the tables of create_day_tables.
-- Grain: one row per entity and at_least. Parameters: day.
INSERT INTO fresh_fleet_sizes (
    entity_id,
    entity_kind,
    day,
    at_least,
    kills,
    losses,
    isk_killed,
    isk_lost
)
SELECT
    entity_id,
    entity_kind,
    cast(:day AS date) AS day,
    at_least,
    sum(kill) AS kills,
    sum(loss) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM mart_appearances
GROUP BY entity_kind, entity_id, at_least
