-- When the prices of days changed last, as text. Grain: one row per wanted day; null where they never did. Parameters: days (UTC).
SELECT
    wanted.day,
    cast(max(known.changed_at) AS text) AS changed_at
FROM unnest(cast(:days AS date[])) AS wanted (day)
LEFT JOIN reference.price_days AS known ON wanted.day = known.day
GROUP BY wanted.day
