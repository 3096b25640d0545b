-- Kills and losses of an entity over time, with the trend: the sums over a bucket and the `back` buckets before it.
-- Grain: one row per bucket from `first` on, also where nothing happened.
-- Parameters: entity_kind, entity_id (null for everybody), step (day, week, month), since (where sums begin: `first`, or `back` days
-- before it), first, last, back.
WITH days AS (
    SELECT
        day,
        kills,
        losses,
        kills_valued,
        losses_valued,
        isk_killed,
        isk_lost
    FROM mart.activity_daily
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :since AND :last
    UNION ALL
    SELECT
        day,
        kills,
        losses,
        kills_valued,
        losses_valued,
        isk_killed,
        isk_lost
    FROM mart.sums_daily
    WHERE cast(:entity_id AS bigint) IS NULL AND entity_id = 0 AND counted_by = 'day' AND day BETWEEN :since AND :last
),

sums AS (
    SELECT
        cast(date_trunc(:step, cast(day AS timestamp)) AS date) AS bucket,
        sum(kills) AS kills,
        sum(losses) AS losses,
        sum(kills_valued) AS kills_valued,
        sum(losses_valued) AS losses_valued,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost
    FROM days
    GROUP BY cast(date_trunc(:step, cast(day AS timestamp)) AS date)
),

buckets AS (
    SELECT cast(series.bucket AS date) AS bucket
    FROM generate_series(
        date_trunc(:step, cast(cast(:since AS date) AS timestamp)),
        cast(cast(:last AS date) AS timestamp),
        cast('1 ' || :step AS interval)
    ) AS series (bucket)
),

trend AS (
    SELECT
        buckets.bucket,
        coalesce(sums.kills, 0) AS kills,
        coalesce(sums.losses, 0) AS losses,
        coalesce(sums.kills_valued, 0) AS kills_valued,
        coalesce(sums.losses_valued, 0) AS losses_valued,
        coalesce(sums.isk_killed, 0) AS isk_killed,
        coalesce(sums.isk_lost, 0) AS isk_lost,
        count(*) OVER around AS trend_buckets,
        coalesce(sum(sums.kills) OVER around, 0) AS trend_kills,
        coalesce(sum(sums.losses) OVER around, 0) AS trend_losses,
        coalesce(sum(sums.kills_valued) OVER around, 0) AS trend_kills_valued,
        coalesce(sum(sums.losses_valued) OVER around, 0) AS trend_losses_valued,
        coalesce(sum(sums.isk_killed) OVER around, 0) AS trend_isk_killed,
        coalesce(sum(sums.isk_lost) OVER around, 0) AS trend_isk_lost
    FROM buckets
    LEFT JOIN sums ON buckets.bucket = sums.bucket
    WINDOW around AS (ORDER BY buckets.bucket ROWS BETWEEN :back PRECEDING AND CURRENT ROW)
)

SELECT
    bucket,
    kills,
    losses,
    kills_valued,
    losses_valued,
    mart.known_isk(isk_killed, kills_valued, kills) AS isk_killed,
    mart.known_isk(isk_lost, losses_valued, losses) AS isk_lost,
    trend_buckets,
    trend_kills,
    trend_losses,
    mart.known_isk(trend_isk_killed, trend_kills_valued, trend_kills) AS trend_isk_killed,
    mart.known_isk(trend_isk_lost, trend_losses_valued, trend_losses) AS trend_isk_lost
FROM trend
WHERE bucket >= date_trunc(:step, cast(cast(:first AS date) AS timestamp))
ORDER BY bucket
