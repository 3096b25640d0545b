-- What one batch sent to quarantine and no good body has closed since. Grain: one row per entry. Parameters: batch_id.
SELECT
    killmail_id,
    reason,
    detail
FROM quality.quarantine
WHERE batch_id = :batch_id AND resolved_at IS NULL
ORDER BY killmail_id
