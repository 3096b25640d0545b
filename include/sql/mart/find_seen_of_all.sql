-- The first and the last day on which anybody lost anything; nulls where nobody did. Grain: one row.
SELECT
    (min(kill_time) AT TIME ZONE 'UTC')::date AS first_day,
    (max(kill_time) AT TIME ZONE 'UTC')::date AS last_day
FROM core.kills_fact
