-- Claim: every item has dropped or was destroyed, and not both (so it is of all 363,645 rows of 22,217 real killmails).
SELECT
    killmail_id,
    unclear_item AS item_index
FROM items_by_kill
WHERE unclear_item IS NOT NULL
