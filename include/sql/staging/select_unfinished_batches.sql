-- Batches that were built and then neither promoted nor blocked: an owner's own, and anybody's that are hours old, since
-- their owner may never come back. Grain: one row each. Parameters: installation, owner.
SELECT batch_id
FROM staging.batches
WHERE
    state = 'built'
    AND ((installation = :installation AND owner = :owner) OR built_at < now() - interval '2 hours')
ORDER BY batch_id
