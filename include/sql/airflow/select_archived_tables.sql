-- Tables in which `airflow db clean` keeps the rows that it is about to delete, or has deleted. Grain: one row per table.
-- Parameters: none.
SELECT tables.table_name
FROM information_schema.tables
WHERE tables.table_schema = current_schema() AND starts_with(tables.table_name, '_airflow_deleted__')
ORDER BY tables.table_name
