-- Promotes a batch's kill_items: all but those of killmails that core has unchanged.
-- Grain: one row per item. Rows of changed killmails were removed just before, in the same transaction.
INSERT INTO core.kill_items (
    killmail_id,
    item_index,
    parent_index,
    type_id,
    flag,
    singleton,
    quantity_dropped,
    quantity_destroyed,
    unit_price
)
SELECT
    killmail_id,
    item_index,
    parent_index,
    type_id,
    flag,
    singleton,
    quantity_dropped,
    quantity_destroyed,
    unit_price
FROM candidate.kill_items_batch AS candidate
WHERE NOT EXISTS (
    SELECT 1 FROM promotion_unchanged AS unchanged
    WHERE unchanged.killmail_id = candidate.killmail_id
)
