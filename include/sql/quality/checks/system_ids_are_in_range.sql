-- Claim: every system_id is one that EVE gives to such (summaries/create_id_ranges.sql).
SELECT
    killmail_id,
    system_id
FROM candidate.kills_fact_batch
WHERE NOT pg_temp.is_system_id(system_id)
