-- Notes that the battles of changes are found; their days are not over, so that nothing else is. Grain: one row per change. Idempotent.
-- Parameters: touch_ids.
UPDATE mart.touched_days SET are_battles_found = TRUE
WHERE touch_id = any(:touch_ids) AND NOT are_battles_found
