-- How many cells are empty in a batch, and the UTC day of its latest kill. Grain: one row per table and column.
-- Rests on the gate's summary column_profile.
SELECT
    latest.day,
    profile.table_name,
    profile.column_name,
    cast(profile.rows AS bigint) AS rows,
    cast(profile.nulls AS bigint) AS nulls
FROM column_profile AS profile
CROSS JOIN (
    SELECT cast(max(kill_time) AT TIME ZONE 'UTC' AS date) AS day
    FROM candidate.kills_fact_batch
) AS latest
WHERE profile.rows > 0 AND latest.day IS NOT NULL
ORDER BY profile.table_name, profile.column_name
