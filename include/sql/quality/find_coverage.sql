-- One day's coverage with some of the missing ids, the next after one. Grain: one row or none.
-- Parameters: day, after (the last id shown, 0 for the first page), limit.
SELECT
    day,
    expected,
    loaded,
    quarantined,
    missing,
    sources,
    checked_at,
    array(
        SELECT missing_id FROM unnest(missing_ids) AS missing_id
        WHERE missing_id > :after
        ORDER BY missing_id
        LIMIT :limit
    ) AS missing_ids
FROM quality.coverage
WHERE day = :day
