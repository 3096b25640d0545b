-- Touches days: the next refresh of the mart does them. Grain: one row per day. Parameters: days.
INSERT INTO mart.touched_days (day)
SELECT DISTINCT unnest(cast(:days AS date[]))
