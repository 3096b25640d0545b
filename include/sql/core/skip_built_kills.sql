-- Notes which killmails of a batch come to core with their range, and which are not inserted therefore, beside those that stay as they are.
-- Grain: one row per killmail. Parameters: built (numbers of ranges).
INSERT INTO promotion_built (killmail_id)
SELECT killmail_id
FROM candidate.kills_fact_batch
WHERE
    core.range_of(killmail_id) = any(cast(:built AS bigint[]))
    AND killmail_id NOT IN (SELECT existing.killmail_id FROM promotion_existing AS existing);

INSERT INTO promotion_skipped (killmail_id)
SELECT killmail_id FROM promotion_unchanged
UNION ALL
SELECT built.killmail_id
FROM promotion_built AS built
INNER JOIN candidate.kills_fact_batch AS candidate ON built.killmail_id = candidate.killmail_id;

ANALYZE promotion_built;

ANALYZE promotion_skipped;
