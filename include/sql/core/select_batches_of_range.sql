-- Which of these batches bring a killmail of a range: the others' tables need not be read for it. Grain: one row per batch.
-- Parameters: number (of the range), batch_ids.
SELECT DISTINCT batch_id
FROM promotion_together
WHERE batch_id = any(:batch_ids) AND killmail_id BETWEEN core.first_id(:number) AND core.last_id(:number)
ORDER BY batch_id
