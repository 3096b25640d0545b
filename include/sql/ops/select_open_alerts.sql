-- Alerts that are open, the gravest first. Grain: one row per rule at most. Parameters: at.
SELECT
    alerts.alert_id,
    alerts.rule,
    alerts.severity,
    alerts.opened_at,
    alerts.updated_at,
    alerts.notified_at,
    alerts.message,
    alerts.value,
    alerts.threshold,
    mutes.until AS muted_until
FROM ops.alerts AS alerts
LEFT JOIN ops.mutes AS mutes ON alerts.rule = mutes.rule AND mutes.until > :at
WHERE alerts.resolved_at IS NULL
ORDER BY array_position('{critical,warning,info}', alerts.severity), alerts.opened_at
