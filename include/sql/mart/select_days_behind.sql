-- UTC days that the mart does not show as they are. Grain: one row per day.
SELECT day FROM mart.days_behind
ORDER BY day
