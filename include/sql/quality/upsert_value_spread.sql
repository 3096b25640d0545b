-- Compares our figures with zKillboard's on all killmails of a UTC day. Grain: one row per day.
-- Parameters: day, looked_at (what changed after it makes the day due again), is_stale (whether it is due again anyway).
INSERT INTO quality.value_spread (
    day,
    kills,
    priced,
    from_prices,
    compared,
    ratio_5,
    ratio_25,
    ratio_50,
    ratio_75,
    ratio_95,
    within_tenth,
    points_compared,
    points_equal,
    npc_equal,
    solo_equal,
    awox_equal,
    unvalued,
    is_stale,
    valued_at
)
SELECT
    cast(:day AS date) AS day,
    count(*) AS kills,
    count(priced_value) AS priced,
    count(*) FILTER (WHERE value_source = 'prices') AS from_prices,
    count(ratio) AS compared,
    percentile_cont(0.05) WITHIN GROUP (ORDER BY ratio) AS ratio_5,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY ratio) AS ratio_25,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio) AS ratio_50,
    percentile_cont(0.75) WITHIN GROUP (ORDER BY ratio) AS ratio_75,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY ratio) AS ratio_95,
    count(*) FILTER (WHERE ratio BETWEEN 0.9 AND 1.1) AS within_tenth,
    count(*) FILTER (WHERE has_both) AS points_compared,
    count(*) FILTER (WHERE has_both AND points = rule_points) AS points_equal,
    count(*) FILTER (WHERE has_both AND npc = rule_npc) AS npc_equal,
    count(*) FILTER (WHERE has_both AND solo = rule_solo) AS solo_equal,
    count(*) FILTER (WHERE has_both AND awox = rule_awox) AS awox_equal,
    count(*) FILTER (WHERE priced_value IS NULL OR rule_points IS NULL) AS unvalued,
    :is_stale AS is_stale,
    cast(:looked_at AS timestamptz) AS valued_at
FROM (
    SELECT
        priced_value,
        rule_points,
        value_source,
        points,
        npc,
        rule_npc,
        solo,
        rule_solo,
        awox,
        rule_awox,
        coalesce(points_source = 'zkb' AND rule_points IS NOT NULL, FALSE) AS has_both,
        CASE
            WHEN value_source = 'zkb' AND total_value > 0
                THEN cast(priced_value AS double precision) / total_value
        END AS ratio
    FROM core.kills_fact
    WHERE
        kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
        AND kill_time < cast(cast(:day AS date) + 1 AS timestamp) AT TIME ZONE 'UTC'
) AS kills
ON CONFLICT (day) DO UPDATE SET
    kills = excluded.kills,
    priced = excluded.priced,
    from_prices = excluded.from_prices,
    compared = excluded.compared,
    ratio_5 = excluded.ratio_5,
    ratio_25 = excluded.ratio_25,
    ratio_50 = excluded.ratio_50,
    ratio_75 = excluded.ratio_75,
    ratio_95 = excluded.ratio_95,
    within_tenth = excluded.within_tenth,
    points_compared = excluded.points_compared,
    points_equal = excluded.points_equal,
    npc_equal = excluded.npc_equal,
    solo_equal = excluded.solo_equal,
    awox_equal = excluded.awox_equal,
    unvalued = excluded.unvalued,
    is_stale = excluded.is_stale,
    valued_at = excluded.valued_at
