-- Makes the ranges that a batch's killmails need and the kill tables do not have. Of those that are being built, kills_fact alone.
-- Grain: one row. Idempotent. Parameters: built (numbers of ranges).
SELECT core.make_ranges(array(
    SELECT DISTINCT core.range_of(killmail_id) FROM candidate.kills_fact_batch
    WHERE core.range_of(killmail_id) != all(cast(:built AS bigint[]))
)) + core.make_ranges(cast(:built AS bigint[]), ARRAY['kills_fact']) AS made
