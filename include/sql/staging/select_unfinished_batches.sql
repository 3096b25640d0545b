-- An owner's batches that were built and then neither promoted nor blocked. Grain: one row each. Parameters: owner.
SELECT batch_id
FROM staging.batches
WHERE state = 'built' AND owner = :owner
ORDER BY batch_id
