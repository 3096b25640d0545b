-- Claim: every character_id is one that EVE gives to such (summaries/create_id_ranges.sql).
SELECT
    killmail_id,
    'kill_victims' AS table_name,
    character_id
FROM candidate.kill_victims_batch
WHERE NOT pg_temp.is_character_id(character_id)
UNION ALL
SELECT
    killmail_id,
    'kill_attackers' AS table_name,
    odd_character_id AS character_id
FROM attackers_by_kill
WHERE odd_character_id IS NOT NULL
