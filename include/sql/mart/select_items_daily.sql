-- Items that dropped and were destroyed per UTC day and type, by key. Grain: one row per day, type_id.
-- Parameters: first and last (days, both included), type_id (null for all), after (the key of the last row shown), limit.
SELECT *
FROM mart.items_daily
WHERE
    day BETWEEN cast(:first AS date) AND cast(:last AS date)
    AND (cast(:type_id AS integer) IS NULL OR type_id = cast(:type_id AS integer))
    AND (day, type_id) > :after
ORDER BY day, type_id
LIMIT :limit
