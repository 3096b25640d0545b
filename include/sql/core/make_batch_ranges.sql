-- Makes the ranges that a batch's killmails need and the kill tables do not have. Grain: one row. Idempotent.
SELECT core.make_ranges(array(SELECT DISTINCT core.range_of(killmail_id) FROM candidate.kills_fact_batch)) AS made
