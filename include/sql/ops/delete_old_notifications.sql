-- Drops messages and resolved alerts older than `days`; returns how many of each. Grain: one row per message or alert.
-- Parameters: at (now), days. Idempotent.
WITH bounds AS (
    SELECT cast(:at AS timestamptz) - make_interval(secs => :days * 86400) AS oldest
),

old_alerts AS (
    DELETE FROM ops.alerts USING bounds
    WHERE alerts.resolved_at < bounds.oldest
    RETURNING alerts.alert_id
),

old_notifications AS (
    DELETE FROM ops.notifications USING bounds
    WHERE notifications.created_at < bounds.oldest
    RETURNING notifications.notification_id
)

SELECT
    (SELECT count(*) FROM old_alerts) AS alerts,
    (SELECT count(*) FROM old_notifications) AS notifications
