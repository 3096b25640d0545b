-- Brings an open alert up to date: it is still true. Grain: one row. Parameters: as named; at is now.
UPDATE ops.alerts SET
    severity = :severity,
    updated_at = :at,
    message = :message,
    value = :value,
    threshold = :threshold
WHERE rule = :rule AND resolved_at IS NULL
