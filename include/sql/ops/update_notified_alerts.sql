-- Notes that open alerts were put into a message. Grain: one row per rule. Parameters: rules, at (now). Idempotent.
UPDATE ops.alerts SET
    notified_at = :at
WHERE rule = any(:rules) AND resolved_at IS NULL AND notified_at IS NULL
