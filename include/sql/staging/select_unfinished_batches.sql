-- Batches that were built and then neither promoted nor blocked: an owner's own, and anybody's that are hours old,
-- since no batch takes that long and its owner may never come back. Grain: one row each. Parameters: owner.
SELECT batch_id
FROM staging.batches
WHERE state = 'built' AND (owner = :owner OR built_at < now() - interval '2 hours')
ORDER BY batch_id
