-- UTC days whose prices changed after a batch was built. Grain: one row per day. Parameters: batch_id.
SELECT DISTINCT prices.day
FROM reference.price_days AS prices
INNER JOIN staging.batches ON prices.changed_at > batches.built_at
WHERE batches.batch_id = :batch_id
