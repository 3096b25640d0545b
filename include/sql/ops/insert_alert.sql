-- Opens an alert; one that is open already stays. Grain: one row per rule. Parameters: as named; at is now.
INSERT INTO ops.alerts (rule, severity, opened_at, updated_at, message, value, threshold)
VALUES (:rule, :severity, :at, :at, :message, :value, :threshold)
ON CONFLICT (rule) WHERE resolved_at IS NULL DO NOTHING
