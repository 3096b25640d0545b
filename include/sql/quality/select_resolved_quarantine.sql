-- Entries in quarantine that were dealt with, the latest first. Grain: one row per entry, without its body.
-- Parameters: reason (null for every one), before (quarantine_id of the last one shown; null for the first page), limit.
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
WHERE
    resolved_at IS NOT NULL
    AND (cast(:reason AS text) IS NULL OR reason = :reason)
    AND (cast(:before AS bigint) IS NULL OR quarantine_id < cast(:before AS bigint))
ORDER BY quarantine_id DESC
LIMIT :limit
