-- The newest messages, sent or not. Grain: one row per message. Parameters: rows (how many).
SELECT
    notification_id,
    created_at,
    target,
    severity,
    subject,
    state,
    attempts,
    sent_at,
    error
FROM ops.notifications
ORDER BY notification_id DESC
LIMIT :rows
