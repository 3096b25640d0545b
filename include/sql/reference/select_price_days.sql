-- Whether the prices of days are there. Grain: one row per UTC day and source. Parameters: first, last (both included).
SELECT
    day,
    source,
    is_there,
    prices,
    dropped,
    asked_at
FROM reference.price_days
WHERE day BETWEEN :first AND :last
ORDER BY day DESC, source ASC
