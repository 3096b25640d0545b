-- Entries in quarantine, the latest first. Grain: one row per entry, without its body.
-- Parameters: quarantine_id, killmail_id, reason, is_resolved (each null for all), before (quarantine_id of the last one shown; null
-- for the first page), limit.
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
    (cast(:quarantine_id AS bigint) IS NULL OR quarantine_id = cast(:quarantine_id AS bigint))
    AND (cast(:killmail_id AS bigint) IS NULL OR killmail_id = cast(:killmail_id AS bigint))
    AND (cast(:reason AS text) IS NULL OR reason = cast(:reason AS text))
    -- either way as the indexes of open and of resolved entries have it
    AND (coalesce(cast(:is_resolved AS boolean), TRUE) OR resolved_at IS NULL)
    AND (NOT coalesce(cast(:is_resolved AS boolean), FALSE) OR resolved_at IS NOT NULL)
    AND (cast(:before AS bigint) IS NULL OR quarantine_id < cast(:before AS bigint))
ORDER BY quarantine_id DESC
LIMIT :limit
