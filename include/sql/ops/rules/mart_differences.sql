-- Tables of mart that differed from core at the latest comparison, however long ago: their day stays looked at until they are
-- mended. Grain: one row or none. Parameters: at.
SELECT
    CASE WHEN cardinality(latest.differing) > 0 THEN array_to_string(latest.differing, ', ') || ' of ' || latest.day ELSE '' END AS subject,
    cast(cardinality(latest.differing) AS double precision) AS value,
    1 AS samples
FROM (
    SELECT
        day,
        differing
    FROM quality.mart_checks
    WHERE checked_at <= :at
    ORDER BY check_id DESC
    LIMIT 1
) AS latest
