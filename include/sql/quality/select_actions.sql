-- What people did with a batch or with an entry in quarantine, the latest first. Grain: one row per action.
-- Parameters: batch_id, quarantine_id (one of them null), limit.
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
WHERE
    (cast(:batch_id AS bigint) IS NULL OR batch_id = cast(:batch_id AS bigint))
    AND (cast(:quarantine_id AS bigint) IS NULL OR quarantine_id = cast(:quarantine_id AS bigint))
ORDER BY action_id DESC
LIMIT :limit
