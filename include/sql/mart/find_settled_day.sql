-- Whether what mart keeps of a UTC day is up to date: its sums, and the battles of it and its neighbours, which may share some.
-- Grain: one row. Parameters: day.
SELECT
    NOT EXISTS (
        SELECT 1 FROM mart.touched_days AS touched
        WHERE
            touched.day = :day
            OR (touched.day BETWEEN cast(:day AS date) - 1 AND cast(:day AS date) + 1 AND NOT touched.are_battles_found)
    )
