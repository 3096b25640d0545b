-- Takes up a touched day. The first statement of its refresh: what changes after it has a row of its own, and the day is
-- then refreshed again. Grain: one row per change. Parameters: day.
DELETE FROM mart.touched_days
WHERE day = :day
