-- Brings what core has in a range of one kill table to the table that is to take its place. Grain: that of the table.
-- Names: one_part, its columns, but for those that core generates, and one_list, which has the ids of the killmails.
INSERT INTO candidate.one_part (
    each_column
)
SELECT  -- noqa: LT09
    each_column
FROM core.one_part
WHERE killmail_id IN (SELECT listed.killmail_id FROM one_list AS listed)
ORDER BY killmail_id
