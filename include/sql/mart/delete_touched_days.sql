-- Forgets changes that are in sums and battles. Grain: one row per change. Idempotent. Parameters: touch_ids.
DELETE FROM mart.touched_days
WHERE touch_id = any(:touch_ids)
