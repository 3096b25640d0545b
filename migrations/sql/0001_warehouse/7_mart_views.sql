-- mart, continued: what follows from its tables.

CREATE VIEW mart.activity_trend AS
SELECT
    entity_kind,
    entity_id,
    day,
    kills,
    losses,
    isk_killed,
    isk_lost,
    kills::double precision / nullif(losses, 0) AS ratio,
    (isk_killed / nullif(isk_killed + isk_lost, 0))::double precision AS efficiency,
    kills_7d,
    losses_7d,
    isk_killed_7d,
    isk_lost_7d,
    kills_7d / 7.0 AS kills_per_day,
    (isk_killed_7d / nullif(isk_killed_7d + isk_lost_7d, 0))::double precision AS efficiency_7d
FROM (
    SELECT
        entity_kind,
        entity_id,
        day,
        kills,
        losses,
        mart.known_isk(isk_killed, kills_valued, kills) AS isk_killed,
        mart.known_isk(isk_lost, losses_valued, losses) AS isk_lost,
        sum(kills) OVER week AS kills_7d,
        sum(losses) OVER week AS losses_7d,
        mart.known_isk(sum(isk_killed) OVER week, sum(kills_valued) OVER week, sum(kills) OVER week) AS isk_killed_7d,
        mart.known_isk(sum(isk_lost) OVER week, sum(losses_valued) OVER week, sum(losses) OVER week) AS isk_lost_7d
    FROM mart.activity_daily
    WINDOW week AS (PARTITION BY entity_kind, entity_id ORDER BY day RANGE BETWEEN INTERVAL '6 days' PRECEDING AND CURRENT ROW)
) AS days;
COMMENT ON VIEW mart.activity_trend IS 'Ratio, efficiency and the trend of a week, per entity and UTC day with activity';
COMMENT ON COLUMN mart.activity_trend.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.activity_trend.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.activity_trend.day IS 'UTC day';
COMMENT ON COLUMN mart.activity_trend.kills IS 'Kills of the day';
COMMENT ON COLUMN mart.activity_trend.losses IS 'Losses of the day';
COMMENT ON COLUMN mart.activity_trend.isk_killed IS 'ISK killed on the day; null where none of the kills has a value';
COMMENT ON COLUMN mart.activity_trend.isk_lost IS 'ISK lost on the day; null where none of the losses has a value';
COMMENT ON COLUMN mart.activity_trend.ratio IS 'Kills for each loss; null without a loss';
COMMENT ON COLUMN mart.activity_trend.efficiency IS
'ISK killed as a share of ISK killed and lost, 0 to 1; null where both are 0 or one is unknown';
COMMENT ON COLUMN mart.activity_trend.kills_7d IS 'Kills of the day and the six days before it';
COMMENT ON COLUMN mart.activity_trend.losses_7d IS 'Losses of these seven days';
COMMENT ON COLUMN mart.activity_trend.isk_killed_7d IS 'ISK killed in these seven days; null where none of the kills has a value';
COMMENT ON COLUMN mart.activity_trend.isk_lost_7d IS 'ISK lost in these seven days; null where none of the losses has a value';
COMMENT ON COLUMN mart.activity_trend.kills_per_day IS 'Kills a day, the mean of these seven days';
COMMENT ON COLUMN mart.activity_trend.efficiency_7d IS 'Efficiency over these seven days';

CREATE VIEW mart.regions_daily AS
SELECT
    systems.region_id,
    systems.region_name,
    sums.day,
    sum(sums.kills) AS kills,
    sum(sums.losses) AS losses,
    mart.known_isk(sum(sums.isk_lost), sum(sums.losses_valued), sum(sums.losses)) AS isk_lost,
    sum(sums.losses_valued) AS losses_valued,
    count(*) AS systems
FROM mart.sums_daily AS sums
INNER JOIN reference.solar_systems AS systems ON sums.bucket = systems.system_id
WHERE sums.entity_id = 0 AND sums.counted_by = 'system'
GROUP BY systems.region_id, systems.region_name, sums.day;
COMMENT ON VIEW mart.regions_daily IS
'What was lost per region and UTC day; systems that reference does not know are left out';
COMMENT ON COLUMN mart.regions_daily.region_id IS 'Region';
COMMENT ON COLUMN mart.regions_daily.region_name IS 'Its name';
COMMENT ON COLUMN mart.regions_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.regions_daily.kills IS 'Killmails there that NPCs alone did not make';
COMMENT ON COLUMN mart.regions_daily.losses IS 'All killmails there';
COMMENT ON COLUMN mart.regions_daily.isk_lost IS 'ISK lost there; null where nothing of it has a value';
COMMENT ON COLUMN mart.regions_daily.losses_valued IS 'Killmails there that have a value; isk_lost is of these';
COMMENT ON COLUMN mart.regions_daily.systems IS 'Systems in which something was lost';
