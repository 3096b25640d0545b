-- Batches that were built and then neither promoted nor blocked: an owner's own, and anybody's that are hours old, since
-- their owner may never come back (built in the future: the clock was set back). Grain: one row each. Parameters: installation, owner.
SELECT
    batch_id,
    owner
FROM staging.batches
WHERE
    state = 'built'
    AND ((installation = :installation AND owner = :owner) OR ops.seconds_left(built_at + interval '2 hours', 7200) = 0)
ORDER BY batch_id
