-- UTC days on which something is to be valued or compared again, the newest first: days never looked at, days with
-- killmails promoted or revalued since, days whose prices changed since, and days that lack values and for which prices
-- nearby or static data came since. Grain: one row per day; prices_changed_at is null where no killmail that has a value
-- needs another one. Parameters: limit.
WITH price_changes AS (
    SELECT
        day,
        max(changed_at) AS changed_at
    FROM reference.price_days
    GROUP BY day
)

SELECT
    days.day,
    CASE
        WHEN prices.changed_at > coalesce(spread.valued_at, '-infinity') THEN prices.changed_at
    END AS prices_changed_at,
    now() AS looked_at
FROM core.kill_days AS days
LEFT JOIN quality.value_spread AS spread ON days.day = spread.day
LEFT JOIN price_changes AS prices ON days.day = prices.day
WHERE
    spread.day IS NULL
    OR spread.is_stale
    OR prices.changed_at > spread.valued_at
    OR (
        spread.unvalued > 0
        AND (
            EXISTS (
                SELECT 1 FROM reference.sde_builds AS builds
                WHERE builds.loaded_at > spread.valued_at
            )
            OR EXISTS (
                SELECT 1 FROM price_changes AS nearby
                WHERE
                    nearby.day BETWEEN days.day - 365 AND days.day + 30
                    AND nearby.changed_at > spread.valued_at
            )
        )
    )
ORDER BY days.day DESC
LIMIT :limit
