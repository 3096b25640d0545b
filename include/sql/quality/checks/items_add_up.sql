-- Claim: item_count is the number of rows in kill_items.
SELECT
    kills.killmail_id,
    kills.item_count,
    coalesce(items.rows, 0) AS rows
FROM candidate.kills_fact_batch AS kills
LEFT JOIN items_by_kill AS items ON kills.killmail_id = items.killmail_id
WHERE kills.item_count IS DISTINCT FROM coalesce(items.rows, 0)
