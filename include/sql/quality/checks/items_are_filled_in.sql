-- Claim: no item lacks killmail, index, type, flag, singleton or a quantity.
SELECT
    killmail_id,
    gaps
FROM items_by_kill
WHERE gaps > 0
