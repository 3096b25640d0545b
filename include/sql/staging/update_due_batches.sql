-- Gives people as long to decide on blocked batches as there was when these were built: a restore may come after the deadline.
-- Parameters: none.
UPDATE staging.batches SET answer_due_at = now() + (answer_due_at - built_at)
WHERE state = 'blocked' AND answer_due_at IS NOT NULL
