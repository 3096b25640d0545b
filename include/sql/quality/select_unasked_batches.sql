-- Blocked batches of which nobody has been asked yet, the oldest first. Grain: one row per batch. Parameters: limit.
SELECT batches.batch_id
FROM staging.batches
WHERE
    batches.state = 'blocked'
    AND NOT EXISTS (
        SELECT 1 FROM quality.actions
        WHERE actions.batch_id = batches.batch_id AND actions.action = 'ask_review'
    )
ORDER BY batches.batch_id
LIMIT :limit
