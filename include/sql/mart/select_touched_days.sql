-- Days that are to be refreshed, the newest first. Grain: one row per UTC day.
SELECT DISTINCT day FROM mart.touched_days
ORDER BY day DESC
