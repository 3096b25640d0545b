-- All items of one killmail with names, containers before what is in them. Grain: one row per stack.
-- Parameters: killmail_id.
SELECT
    items.item_index,
    items.parent_index,
    items.type_id,
    types.name AS type_name,
    items.flag,
    items.singleton,
    items.quantity_dropped,
    items.quantity_destroyed,
    items.unit_price
FROM core.kill_items AS items
LEFT JOIN reference.types ON items.type_id = types.type_id
WHERE items.killmail_id = :killmail_id
ORDER BY items.item_index
