-- Items of killmails that come again with other content keep the prices that core has for them, where the new rows have
-- none. Grain: one candidate row per item. To be run before the old rows are deleted. Idempotent.
-- Parameters: lowest and highest (ids, both included, between which the batch's killmails lie).
UPDATE candidate.kill_items_batch AS candidate SET
    unit_price = items.unit_price
FROM core.kill_items AS items
WHERE
    candidate.unit_price IS NULL
    AND items.unit_price IS NOT NULL
    AND candidate.killmail_id = items.killmail_id
    AND items.killmail_id BETWEEN :lowest AND :highest
    AND candidate.item_index = items.item_index
    AND candidate.type_id = items.type_id
    AND candidate.singleton = items.singleton
    AND candidate.killmail_id IN (SELECT killmail_id FROM promotion_existing)
    AND candidate.killmail_id NOT IN (SELECT killmail_id FROM promotion_unchanged);
