-- Brings prices of items to core. Grain: one row per item. Idempotent.
UPDATE core.kill_items AS items SET unit_price = own.unit_price
FROM own_prices AS own
WHERE
    items.killmail_id = own.killmail_id
    AND items.item_index = own.item_index
    AND items.unit_price IS DISTINCT FROM own.unit_price
