-- Items that dropped and were destroyed per UTC day and type, by key. Grain: one row per day, type_id.
-- Parameters: first and last (days, both included), type_id (null for all), the key of the last row shown (after_day, after_part:
-- its type_id; null on the first page), limit.
SELECT
    day,
    type_id,
    killmails,
    dropped,
    destroyed,
    dropped_value,
    destroyed_value
FROM mart.items_daily
WHERE
    day BETWEEN cast(:first AS date) AND cast(:last AS date)
    AND (cast(:type_id AS integer) IS NULL OR type_id = cast(:type_id AS integer))
    AND (cast(:after_day AS date) IS NULL OR (day, type_id) > (cast(:after_day AS date), cast(:after_part AS bigint)))
ORDER BY day, type_id
LIMIT :limit
