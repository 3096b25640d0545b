-- Puts killmails into quarantine with their reason and body.
-- Grain: one open row per killmail; a killmail that is refused again renews its open row.
-- Parameters: as named; killmail_id is null where not even that could be read.
INSERT INTO quality.quarantine AS entry (killmail_id, killmail_hash, batch_id, reason, detail, body, feed)
VALUES (:killmail_id, :killmail_hash, :batch_id, :reason, :detail, :body, :feed)
ON CONFLICT (killmail_id) WHERE resolved_at IS NULL DO UPDATE SET
    killmail_hash = excluded.killmail_hash,
    batch_id = excluded.batch_id,
    reason = excluded.reason,
    detail = excluded.detail,
    body = excluded.body,
    feed = excluded.feed,
    quarantined_at = now()
