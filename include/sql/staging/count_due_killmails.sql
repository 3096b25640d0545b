-- How many killmails wait for their body, and how many of them are due now. Grain: one row.
SELECT
    count(*) AS pending,
    count(*) FILTER (WHERE next_attempt_at IS NULL OR next_attempt_at <= now()) AS due,
    min(next_attempt_at) FILTER (WHERE next_attempt_at > now()) AS next_attempt_at
FROM staging.killmails
WHERE state = 'pending'
