-- Puts a member of a day's file that names no killmail into quarantine, once: the same body again is no news.
-- Grain: one row per body. Parameters: batch_id, reason, detail, body, feed. Idempotent.
INSERT INTO quality.quarantine (batch_id, reason, detail, body, feed)
SELECT
    :batch_id AS batch_id,
    :reason AS reason,
    :detail AS detail,
    :body AS body,
    :feed AS feed
WHERE
    NOT EXISTS (
        SELECT 1 FROM quality.quarantine AS entry
        WHERE entry.killmail_id IS NULL AND entry.resolved_at IS NULL AND entry.body = :body
    )
