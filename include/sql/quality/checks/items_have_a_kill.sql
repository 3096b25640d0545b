-- Claim: no row of kill_items is without its killmail.
SELECT
    items.killmail_id,
    items.rows
FROM items_by_kill AS items
LEFT JOIN candidate.kills_fact_batch AS kills ON items.killmail_id = kills.killmail_id
WHERE kills.killmail_id IS NULL
