-- How many killmails of staging a run could go on with now: their body is missing or there, and they need not wait.
-- Grain: one row. Parameters: backoff, recheck (the longest waits, in seconds).
SELECT count(*) AS killmails
FROM staging.killmails
WHERE
    state IN ('pending', 'fetched')
    AND ops.seconds_left(next_attempt_at, CASE WHEN state = 'pending' AND attempts > 0 THEN :backoff ELSE :recheck END) = 0
