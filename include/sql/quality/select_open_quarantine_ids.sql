-- Numbers of entries in quarantine that nobody has dealt with. Grain: one row per entry.
-- Parameters: batch_id (null for every one), reason (null for every one), after (quarantine_id), limit.
SELECT quarantine_id
FROM quality.quarantine
WHERE
    resolved_at IS NULL
    AND (cast(:batch_id AS bigint) IS NULL OR batch_id = :batch_id)
    AND (cast(:reason AS text) IS NULL OR reason = :reason)
    AND quarantine_id > :after
ORDER BY quarantine_id
LIMIT :limit
