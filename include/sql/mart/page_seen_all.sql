-- The first and the last day of the mart; nulls where it is empty. Grain: one row.
SELECT
    min(day) AS first_day,
    max(day) AS last_day
FROM mart.activity_daily
