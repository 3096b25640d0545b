-- Stores the prices of a day; what is there already as it is, is not written again. The Forge's average of a day stands
-- over what ESI said on it. Grain: one row per type. Parameters: day, source.
INSERT INTO reference.market_prices AS prices (type_id, day, average, source)
SELECT
    type_id,
    :day,
    average,
    :source
FROM incoming_prices
ON CONFLICT (type_id, day) DO UPDATE SET
    average = excluded.average,
    source = excluded.source
WHERE
(prices.average, prices.source) IS DISTINCT FROM (excluded.average, excluded.source)
AND (excluded.source = 'everef' OR prices.source = 'esi')
