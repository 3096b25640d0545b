-- Days of which nothing is missing, by the source that was compared with them. Grain: one row per UTC day. Parameters: days.
SELECT day
FROM quality.day_coverage
WHERE day = any(cast(:days AS date[])) AND missing = '{}' AND sources <> '{}'
