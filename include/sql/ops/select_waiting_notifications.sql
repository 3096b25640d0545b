-- Messages that are still to be sent, the oldest first. Grain: one row per message. Parameters: none.
SELECT
    notification_id,
    target,
    severity,
    subject,
    body
FROM ops.notifications
WHERE state = 'waiting'
ORDER BY notification_id
