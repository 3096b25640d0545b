-- UTC days whose prices EVE Ref was asked for. Grain: one row per day. Parameters: first, last (both included).
SELECT day
FROM reference.price_days
WHERE source = 'everef' AND day BETWEEN :first AND :last
