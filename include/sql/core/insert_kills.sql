-- Promotes a batch's rows of one kill table: all but those of killmails that core has unchanged, or that come otherwise.
-- Grain: that of the table. Rows of changed killmails were removed just before, in the same transaction.
-- Names: one_table, its columns, but for those that core generates or stamps with the moment, and one_list, which has the ids to leave out.
INSERT INTO core.one_table (
    each_column
)
SELECT  -- noqa: LT09
    each_column
FROM candidate.one_table_batch AS candidate
WHERE NOT EXISTS (
    SELECT 1 FROM one_list AS left_out
    WHERE left_out.killmail_id = candidate.killmail_id
)
