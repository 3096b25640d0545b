-- Batches that are built and neither promoted nor set aside. Grain: one row per batch.
SELECT batch_id
FROM staging.batches
WHERE state = 'built'
ORDER BY batch_id
