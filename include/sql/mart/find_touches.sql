-- What has touched a UTC day. The first statement of a refresh, whose snapshot it is; what changes after it has a row of its own.
-- Grain: one row; `changes` is 0 where there are no battles to look for, system_ids and kill_times (in step) are null where all of the
-- day may have changed. Parameters: day.
SELECT
    array(
        SELECT touch_id
        FROM mart.touched_days
        WHERE day = :day
    ) AS touch_ids,
    count(*) AS changes,
    CASE WHEN bool_and(spots.system_id IS NOT NULL) THEN array_agg(spots.system_id) END AS system_ids,
    CASE WHEN bool_and(spots.system_id IS NOT NULL) THEN array_agg(spots.kill_time) END AS kill_times
FROM mart.touched_days AS touched
LEFT JOIN LATERAL unnest(touched.system_ids, touched.kill_times) AS spots (system_id, kill_time) ON TRUE
WHERE touched.day = :day AND NOT touched.are_battles_found
