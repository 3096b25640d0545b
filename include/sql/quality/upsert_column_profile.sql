-- Adds what a batch has of empty cells to its day. Grain: one row per source, day, table and column.
-- Parameters: batch_id, day, table_name, column_name, rows, nulls. Not idempotent: it is stored with the run it is of.
INSERT INTO quality.column_profiles AS stored (source, day, table_name, column_name, batches, rows, nulls)
SELECT
    source,
    cast(:day AS date) AS day,
    :table_name AS table_name,
    :column_name AS column_name,
    1 AS batches,
    :rows AS rows,
    :nulls AS nulls
FROM staging.batches
WHERE batch_id = :batch_id
ON CONFLICT (source, day, table_name, column_name) DO UPDATE
    SET
        batches = stored.batches + 1,
        rows = stored.rows + excluded.rows,
        nulls = stored.nulls + excluded.nulls
