-- Days to refresh, the newest first: those with battles to find, and those that are over and have no sums yet. The newest day that core has
-- is not over, and read from core meanwhile. Grain: one row per UTC day.
SELECT DISTINCT
    touched.day,
    (touched.day IS DISTINCT FROM core.newest_day) AS is_over
FROM mart.touched_days AS touched
CROSS JOIN (SELECT (max(kill_time) AT TIME ZONE 'UTC')::date AS newest_day FROM core.kills_fact) AS core
WHERE NOT touched.are_battles_found OR (touched.day IS DISTINCT FROM core.newest_day)
ORDER BY touched.day DESC
