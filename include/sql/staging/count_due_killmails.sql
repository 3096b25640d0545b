-- How many killmails wait for their body, and how many of them are due now. Grain: one row.
-- Parameters: backoff, recheck (the longest waits, in seconds).
SELECT
    count(*) AS pending,
    count(*) FILTER (WHERE seconds = 0) AS due,
    min(next_attempt_at) FILTER (WHERE seconds > 0) AS next_attempt_at
FROM (
    SELECT
        next_attempt_at,
        ops.seconds_left(next_attempt_at, CASE WHEN attempts > 0 THEN :backoff ELSE :recheck END) AS seconds
    FROM staging.killmails
    WHERE state = 'pending'
) AS waiting
