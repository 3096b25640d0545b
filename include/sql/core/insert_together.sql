-- Notes the killmails of a batch among those that are promoted together. Grain: one row per killmail. Parameters: batch_id.
INSERT INTO promotion_together (batch_id, killmail_id)
SELECT
    :batch_id AS batch_id,
    killmail_id
FROM candidate.kills_fact_batch
