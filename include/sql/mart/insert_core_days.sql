-- Touches every UTC day of which core has killmails. Grain: one row per day.
INSERT INTO mart.touched_days (day)
SELECT day FROM core.kill_days
