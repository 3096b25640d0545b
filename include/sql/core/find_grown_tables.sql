-- Kill tables that have grown by half, and by a thousand rows, since the planner was shown them. What their ranges hold PostgreSQL
-- counts as they change; what it knows of the whole is from its last ANALYZE. Grain: one row per table.
-- Parameters: tables (names).
SELECT parents.relname::text AS table_name
FROM pg_class AS parents
INNER JOIN pg_inherits AS ranges ON parents.oid = ranges.inhparent
INNER JOIN pg_stat_user_tables AS counts ON ranges.inhrelid = counts.relid
WHERE parents.relnamespace = 'core'::regnamespace AND parents.relname = any(:tables)
GROUP BY parents.oid, parents.relname, parents.reltuples
HAVING sum(counts.n_live_tup) > 1.5 * greatest(parents.reltuples, 0) + 1000
ORDER BY array_position(:tables, parents.relname::text)
