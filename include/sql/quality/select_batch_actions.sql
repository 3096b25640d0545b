-- What people did with a batch, the latest first. Grain: one row per action. Parameters: batch_id, limit.
SELECT
    action_id,
    at,
    actor,
    action,
    batch_id,
    quarantine_id,
    killmail_id,
    note
FROM quality.actions
WHERE batch_id = :batch_id
ORDER BY action_id DESC
LIMIT :limit
