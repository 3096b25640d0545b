-- Claim: no kill is of a time to come; clocks may differ by 10 minutes.
SELECT
    killmail_id,
    kill_time
FROM candidate.kills_fact_batch
WHERE kill_time > now() + interval '10 minutes'
