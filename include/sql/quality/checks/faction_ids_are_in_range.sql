-- Claim: every faction_id is one that EVE gives to such (summaries/create_id_ranges.sql).
SELECT
    killmail_id,
    'kill_victims' AS table_name,
    faction_id
FROM candidate.kill_victims_batch
WHERE NOT pg_temp.is_faction_id(faction_id)
UNION ALL
SELECT
    killmail_id,
    'kill_attackers' AS table_name,
    odd_faction_id AS faction_id
FROM attackers_by_kill
WHERE odd_faction_id IS NOT NULL
