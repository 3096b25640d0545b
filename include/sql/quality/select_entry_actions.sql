-- What people did with an entry in quarantine, the latest first. Grain: one row per action.
-- Parameters: quarantine_id, limit.
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
WHERE quarantine_id = :quarantine_id
ORDER BY action_id DESC
LIMIT :limit
