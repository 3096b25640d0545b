-- Items of one killmail with names, containers before what is in them. Grain: one row per stack.
-- Parameters: killmail_id, limit (null for all).
SELECT
    item_index,
    parent_index,
    type_id,
    type_name,
    flag,
    singleton,
    quantity_dropped,
    quantity_destroyed,
    unit_price
FROM core.items_named
WHERE killmail_id = :killmail_id
ORDER BY item_index
LIMIT :limit
