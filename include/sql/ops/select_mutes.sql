-- Mutes in force. Grain: one row per rule. Parameters: at.
SELECT
    rule,
    until,
    reason,
    muted_at
FROM ops.mutes
WHERE until > :at
ORDER BY rule
