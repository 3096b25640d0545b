-- How many killmails the day in hand has, see create_day_tables. Grain: one row.
SELECT count(*) FROM mart_kills
