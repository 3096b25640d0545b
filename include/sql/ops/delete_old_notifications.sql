-- Drops messages and resolved alerts older than 400 days. Grain: one row per message or alert. Parameters: at (now).
-- Idempotent.
WITH old_alerts AS (
    DELETE FROM ops.alerts
    WHERE resolved_at < cast(:at AS timestamptz) - '400 days'::interval
)

DELETE FROM ops.notifications
WHERE created_at < cast(:at AS timestamptz) - '400 days'::interval
