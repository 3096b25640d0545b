-- Claim: in a batch of 200 killmails or more, the share of empty cells of each column is about that of the 30 days before
-- its latest kill, in batches of the same source. Silent where less than 1,000 rows are known.
-- About is within 15 percentage points, and more in small batches, which one great battle changes: by 500 points over the
-- root of the killmails, 35 in 200 and 5 in 10,000 (of 200 real ones in a row, the oddest column was 48 points off). A
-- column that is wholly empty where 200 cells should not be is never as usual.
WITH batch AS (
    SELECT
        batches.source,
        max(cast(kills.kill_time AT TIME ZONE 'UTC' AS date)) AS day,
        15 + 500 / sqrt(count(*)) AS leeway
    FROM staging.batches
    CROSS JOIN candidate.kills_fact_batch AS kills
    WHERE batches.batch_id = :batch_id
    GROUP BY batches.source
    HAVING count(*) >= 200
),

compared AS (
    SELECT
        profile.table_name,
        profile.column_name,
        profile.rows,
        profile.nulls,
        100.0 * profile.nulls / profile.rows AS percent_empty,
        100.0 * sum(stored.nulls) / sum(stored.rows) AS usual_percent_empty,
        batch.leeway
    FROM column_profile AS profile
    CROSS JOIN batch
    INNER JOIN quality.column_profiles AS stored
        ON
            batch.source = stored.source
            AND stored.day BETWEEN batch.day - 30 AND batch.day
            AND profile.table_name = stored.table_name
            AND profile.column_name = stored.column_name
    WHERE profile.rows >= 200
    GROUP BY profile.table_name, profile.column_name, profile.rows, profile.nulls, batch.leeway
    HAVING sum(stored.rows) >= 1000
)

SELECT
    table_name,
    column_name,
    rows,
    round(percent_empty, 1) AS percent_empty,
    round(usual_percent_empty, 1) AS usual_percent_empty
FROM compared
WHERE
    abs(percent_empty - usual_percent_empty) > leeway
    OR (nulls = rows AND rows * (100 - usual_percent_empty) / 100 >= 200)
