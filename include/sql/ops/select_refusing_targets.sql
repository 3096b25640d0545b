-- Targets that did not take the message that was tried last. Grain: one row per target. Parameters: none.
SELECT target
FROM (
    SELECT DISTINCT ON (target)
        target,
        error
    FROM ops.notifications
    WHERE attempted_at IS NOT NULL
    ORDER BY target ASC, attempted_at DESC, notification_id DESC
) AS latest
WHERE error IS NOT NULL
