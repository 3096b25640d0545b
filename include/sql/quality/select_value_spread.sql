-- Our figures against zKillboard's, the latest days first. Grain: one row per UTC day.
-- Parameters: before (only days before it; null: all), limit.
SELECT
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
FROM quality.value_spread
WHERE day < coalesce(cast(:before AS date), 'infinity')
ORDER BY day DESC
LIMIT :limit
