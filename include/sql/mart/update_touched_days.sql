-- Takes up what changed on a UTC day: its battles are found in this transaction. The first statement of a refresh, whose snapshot it is;
-- what changes after it has a row of its own. Grain: one row; `changes` is 0 where there is nothing to look for, system_ids and kill_times
-- (in step) are null where all of the day may have changed. Parameters: day.
WITH taken AS (
    UPDATE mart.touched_days SET are_battles_found = TRUE
    WHERE day = :day AND NOT are_battles_found
    RETURNING system_ids, kill_times
)

SELECT
    count(*) AS changes,
    CASE WHEN bool_and(spots.system_id IS NOT NULL) THEN array_agg(spots.system_id) END AS system_ids,
    CASE WHEN bool_and(spots.system_id IS NOT NULL) THEN array_agg(spots.kill_time) END AS kill_times
FROM taken
LEFT JOIN LATERAL unnest(taken.system_ids, taken.kill_times) AS spots (system_id, kill_time) ON TRUE
