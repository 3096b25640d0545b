-- Which tables hold what a kill table has of some killmails: its partitions, or itself. Grain: one row per table, its name as SQL
-- takes it. Names: one_table. Parameters: ids.
SELECT DISTINCT cast(cast(tableoid AS regclass) AS text) AS part
FROM core.one_table
WHERE killmail_id = any(:ids)
