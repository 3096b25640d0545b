-- Which of the batch's killmails core has cell for cell, in all kill tables; these are not written again.
-- Grain: one row per killmail.
INSERT INTO promotion_unchanged (killmail_id)
SELECT killmail_id FROM promotion_existing
EXCEPT
SELECT killmail_id FROM promotion_changed
