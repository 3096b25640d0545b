-- Brings to one kill table what was built for a range of it, where that could not be attached. Grain: that of the table.
-- Names: one_table, one_part (of it), and its columns, but for those that core generates.
INSERT INTO core.one_table (
    each_column
)
SELECT  -- noqa: LT09
    each_column
FROM candidate.one_part
WHERE killmail_id IN (SELECT built.killmail_id FROM promotion_built AS built)
