-- Alerts that were open since a time, the newest first. Grain: one row per alert. Parameters: since.
SELECT
    alert_id,
    rule,
    severity,
    opened_at,
    updated_at,
    resolved_at,
    notified_at,
    message,
    value,
    threshold
FROM ops.alerts
WHERE resolved_at IS NULL OR resolved_at >= :since
ORDER BY opened_at DESC, alert_id DESC
