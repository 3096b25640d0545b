-- Removes what a source gave for a day before and gives no more. Grain: one row per type. Parameters: day, source.
DELETE FROM reference.market_prices AS prices
WHERE
    prices.day = :day
    AND prices.source = :source
    AND NOT EXISTS (
        SELECT 1 FROM incoming_prices AS incoming
        WHERE incoming.type_id = prices.type_id
    )
