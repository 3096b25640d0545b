-- Batches of which people were asked in Airflow, and whose answer was due, or that were decided, since a time, and that are
-- blocked no more; with the latest decision on each: its columns are null where nobody decided (an abandoned batch).
-- Grain: one row per batch, the latest question first. Parameters: since.
SELECT
    asked.batch_id,
    batches.state,
    decided.action,
    decided.actor,
    decided.note
FROM quality.actions AS asked
INNER JOIN staging.batches ON asked.batch_id = batches.batch_id
LEFT JOIN LATERAL (
    SELECT
        actions.action,
        actions.actor,
        actions.note,
        actions.at
    FROM quality.actions
    WHERE actions.batch_id = asked.batch_id AND actions.action IN ('release_batch', 'reject_batch')
    ORDER BY actions.action_id DESC
    LIMIT 1
) AS decided ON TRUE
WHERE
    asked.action = 'ask_review' AND batches.state != 'blocked'
    AND (batches.answer_due_at >= :since OR decided.at >= :since)
ORDER BY asked.action_id DESC
