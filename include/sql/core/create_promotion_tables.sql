-- Splits a batch's killmails by what core has: what is not here is new.
-- Grain: one row per killmail that core has already. Temporary, gone with the transaction, or when it promotes another batch.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
DROP TABLE IF EXISTS promotion_existing, promotion_changed, promotion_unchanged, promotion_skipped;

CREATE TEMPORARY TABLE promotion_existing ON COMMIT DROP AS
SELECT candidate.killmail_id
FROM candidate.kills_fact_batch AS candidate
INNER JOIN core.kills_fact AS kills ON candidate.killmail_id = kills.killmail_id
WHERE kills.killmail_id BETWEEN :lowest AND :highest;

CREATE TEMPORARY TABLE promotion_changed (killmail_id bigint) ON COMMIT DROP;

CREATE TEMPORARY TABLE promotion_unchanged (killmail_id bigint) ON COMMIT DROP;

CREATE TEMPORARY TABLE promotion_skipped (killmail_id bigint) ON COMMIT DROP;
