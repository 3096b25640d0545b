-- Every time that a killmail was in quarantine, the latest first. Grain: one row per entry, without its body.
-- Parameters: killmail_id, limit.
SELECT
    quarantine_id,
    killmail_id,
    killmail_hash,
    batch_id,
    reason,
    detail,
    feed,
    octet_length(body) AS body_bytes,
    quarantined_at,
    resolved_at,
    resolution,
    resolved_by
FROM quality.quarantine
WHERE killmail_id = :killmail_id
ORDER BY quarantine_id DESC
LIMIT :limit
