-- Claim: the type of every item is in the static data (as long as that was loaded).
SELECT
    items.killmail_id,
    items.type_id
FROM candidate.kill_items_batch AS items
LEFT JOIN reference.types ON items.type_id = types.type_id
WHERE types.type_id IS NULL AND EXISTS (SELECT 1 FROM reference.types)
