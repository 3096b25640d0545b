-- Puts a member of a day's file that names no killmail into quarantine, once: the same body again is no news,
-- also where a person has discarded it.
-- Grain: one row per body. Parameters: batch_id, reason, detail, body, feed. Idempotent.
INSERT INTO quality.quarantine (batch_id, reason, detail, body, feed)
SELECT given.*
FROM (VALUES (:batch_id, :reason, :detail, cast(:body AS bytea), :feed)) AS given (batch_id, reason, detail, body, feed)
WHERE
    NOT EXISTS (
        SELECT 1 FROM quality.quarantine AS entry
        WHERE
            entry.killmail_id IS NULL
            AND (entry.resolved_at IS NULL OR entry.resolution = 'discarded')
            AND entry.body = given.body
    )
