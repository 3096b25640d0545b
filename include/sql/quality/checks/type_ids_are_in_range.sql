-- Claim: the id of every type (ships, weapons, items) is one that EVE gives to such (summaries/create_id_ranges.sql).
SELECT
    killmail_id,
    'kill_victims' AS table_name,
    ship_type_id AS type_id
FROM candidate.kill_victims_batch
WHERE NOT pg_temp.is_type_id(ship_type_id)
UNION ALL
SELECT
    killmail_id,
    'kill_attackers' AS table_name,
    odd_type_id AS type_id
FROM attackers_by_kill
WHERE odd_type_id IS NOT NULL
UNION ALL
SELECT
    killmail_id,
    'kill_items' AS table_name,
    odd_type_id AS type_id
FROM items_by_kill
WHERE odd_type_id IS NOT NULL
