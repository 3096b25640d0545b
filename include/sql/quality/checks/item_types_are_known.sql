-- Claim: the type of every item is in the static data (as long as that was loaded).
SELECT
    items.killmail_id,
    items.type_id
FROM candidate.kill_items_batch AS items
LEFT JOIN reference.types AS known ON items.type_id = known.type_id
WHERE known.type_id IS NULL AND EXISTS (SELECT 1 FROM reference.types)
