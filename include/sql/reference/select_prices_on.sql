-- What types cost on days, gaps bridged as reference.price_on has it. Grain: one row per wanted pair that has a price.
-- Parameters: type_ids, days (of the same length), with_later (whether prices of later days may stand in).
SELECT
    wanted.type_id,
    wanted.day,
    cast(price.average * 100 AS bigint) AS cents
FROM unnest(cast(:type_ids AS integer[]), cast(:days AS date[])) AS wanted (type_id, day)
CROSS JOIN LATERAL reference.price_on(wanted.type_id, wanted.day) AS price
WHERE :with_later OR price.age_days >= 0
