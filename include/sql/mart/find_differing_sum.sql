-- Whether a table of sums says of a UTC day something else than core does. A template over the tables of sums. Grain: one row.
-- Names: one_derived, one_settled. Parameters: day.
WITH derived AS MATERIALIZED (
    SELECT sums.*
    FROM mart.one_derived AS sums
    WHERE sums.day = :day
),

kept AS MATERIALIZED (
    SELECT sums.*
    FROM mart.one_settled AS sums
    WHERE sums.day = :day
)

SELECT
    EXISTS (
        SELECT * FROM kept
        EXCEPT ALL
        SELECT * FROM derived
    )
    OR EXISTS (
        SELECT * FROM derived
        EXCEPT ALL
        SELECT * FROM kept
    )
