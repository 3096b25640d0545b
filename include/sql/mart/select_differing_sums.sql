-- Tables of sums that do not say of a UTC day what core says of it. Grain: one row per table. Parameters: day.
WITH derived_items AS MATERIALIZED (
    SELECT derived.* FROM mart.derived_items AS derived
    WHERE derived.day = :day
),

derived_crews AS MATERIALIZED (
    SELECT derived.* FROM mart.derived_crews AS derived
    WHERE derived.day = :day
),

derived_sums AS MATERIALIZED (
    SELECT derived.* FROM mart.derived_sums AS derived
    WHERE derived.day = :day
),

kept_items AS MATERIALIZED (
    SELECT kept.* FROM mart.settled_items AS kept
    WHERE kept.day = :day
),

kept_crews AS MATERIALIZED (
    SELECT kept.* FROM mart.settled_crews AS kept
    WHERE kept.day = :day
),

kept_sums AS MATERIALIZED (
    SELECT kept.* FROM mart.settled_sums AS kept
    WHERE kept.day = :day
)

SELECT 'settled_items' AS table_name
WHERE
    EXISTS (
        SELECT * FROM kept_items
        EXCEPT ALL
        SELECT * FROM derived_items
    )
    OR EXISTS (
        SELECT * FROM derived_items
        EXCEPT ALL
        SELECT * FROM kept_items
    )
UNION ALL
SELECT 'settled_crews' AS table_name
WHERE
    EXISTS (
        SELECT * FROM kept_crews
        EXCEPT ALL
        SELECT * FROM derived_crews
    )
    OR EXISTS (
        SELECT * FROM derived_crews
        EXCEPT ALL
        SELECT * FROM kept_crews
    )
UNION ALL
SELECT 'settled_sums' AS table_name
WHERE
    EXISTS (
        SELECT * FROM kept_sums
        EXCEPT ALL
        SELECT * FROM derived_sums
    )
    OR EXISTS (
        SELECT * FROM derived_sums
        EXCEPT ALL
        SELECT * FROM kept_sums
    )
