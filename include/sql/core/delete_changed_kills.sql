-- Removes the rows of one kill table of killmails that come again with other content. Nothing else would: foreign keys between
-- kill tables are NOT ENFORCED. Grain: that of the table. New rows are inserted next, in the same transaction.
-- Names: one_table. Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
DELETE FROM core.one_table
WHERE
    killmail_id BETWEEN :lowest AND :highest
    AND killmail_id IN (SELECT killmail_id FROM promotion_existing)
    AND killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged)
