-- Ids of killmails, the newest first. Grain: one row per killmail.
-- Parameters: lowest and highest (ids, both included), since and until (times, null for all), system_id and min_value
-- (null for all), limit.
SELECT killmail_id
FROM core.kills_fact
WHERE
    killmail_id BETWEEN :lowest AND :highest
    AND (cast(:since AS timestamptz) IS NULL OR (kill_time >= cast(:since AS timestamptz) AND kill_time < cast(:until AS timestamptz)))
    AND (cast(:system_id AS integer) IS NULL OR system_id = cast(:system_id AS integer))
    AND (cast(:min_value AS bigint) IS NULL OR total_value >= cast(:min_value AS bigint))
ORDER BY killmail_id DESC
LIMIT :limit
