-- Ends the mute of a rule. Grain: one row or none. Parameters: rule. Idempotent.
DELETE FROM ops.mutes
WHERE rule = :rule
