-- Claim: every alliance_id is one that EVE gives to such (summaries/create_id_ranges.sql).
SELECT
    killmail_id,
    'kill_victims' AS table_name,
    alliance_id
FROM candidate.kill_victims_batch
WHERE NOT pg_temp.is_alliance_id(alliance_id)
UNION ALL
SELECT
    killmail_id,
    'kill_attackers' AS table_name,
    odd_alliance_id AS alliance_id
FROM attackers_by_kill
WHERE odd_alliance_id IS NOT NULL
