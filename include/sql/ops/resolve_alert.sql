-- Resolves the open alert of a rule. Grain: one row or none. Parameters: rule, at (now).
UPDATE ops.alerts SET
    resolved_at = :at
WHERE rule = :rule AND resolved_at IS NULL
RETURNING rule, severity, opened_at, resolved_at, notified_at, message
