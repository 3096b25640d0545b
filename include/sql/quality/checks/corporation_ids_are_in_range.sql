-- Claim: every corporation_id is one that EVE gives to such (summaries/create_id_ranges.sql).
SELECT
    killmail_id,
    'kill_victims' AS table_name,
    corporation_id
FROM candidate.kill_victims_batch
WHERE NOT pg_temp.is_corporation_id(corporation_id)
UNION ALL
SELECT
    killmail_id,
    'kill_attackers' AS table_name,
    odd_corporation_id AS corporation_id
FROM attackers_by_kill
WHERE odd_corporation_id IS NOT NULL
