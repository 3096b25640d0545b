-- Claim: each day that a batch was built of then has half to double the kills of the same weekday of the last 4 weeks.
-- Silent where fewer than two of these are loaded, or they had less than 100 kills. What core has of a day counts too.
WITH usual AS (
    SELECT
        days.day,
        avg(coverage.loaded) AS kills
    FROM staging.batches
    CROSS JOIN LATERAL unnest(batches.days) AS days (day)
    INNER JOIN quality.day_coverage AS coverage
        ON coverage.day IN (days.day - 7, days.day - 14, days.day - 21, days.day - 28)
    WHERE batches.batch_id = :batch_id AND coverage.loaded > 0
    GROUP BY days.day
    HAVING count(*) >= 2 AND avg(coverage.loaded) >= 100
),

present AS (
    SELECT
        killmail_id,
        cast(kill_time AT TIME ZONE 'UTC' AS date) AS day
    FROM candidate.kills_fact_batch
    WHERE EXISTS (SELECT 1 FROM usual)
    UNION
    SELECT
        kills.killmail_id,
        usual.day
    FROM usual
    INNER JOIN core.kills_fact AS kills
        ON
            kills.kill_time >= cast(usual.day AS timestamp) AT TIME ZONE 'UTC'
            AND kills.kill_time < cast(usual.day + 1 AS timestamp) AT TIME ZONE 'UTC'
)

SELECT
    usual.day,
    count(present.killmail_id) AS kills,
    round(usual.kills) AS usual_kills
FROM usual
LEFT JOIN present ON usual.day = present.day
GROUP BY usual.day, usual.kills
HAVING count(present.killmail_id) NOT BETWEEN usual.kills / 2 AND usual.kills * 2
