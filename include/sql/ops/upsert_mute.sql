-- Mutes a rule until a time. Grain: one row per rule. Parameters: rule, until, reason, at (now). Idempotent.
INSERT INTO ops.mutes (rule, until, reason, muted_at)
VALUES (:rule, :until, :reason, :at)
ON CONFLICT (rule) DO UPDATE SET
    until = excluded.until,
    reason = excluded.reason,
    muted_at = excluded.muted_at
