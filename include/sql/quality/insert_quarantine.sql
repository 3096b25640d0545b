-- Puts killmails into quarantine with their reason and body.
-- Grain: one open row per killmail; a killmail that is refused again renews its open row,
-- and one that a person has discarded does not come back with the same body.
-- Parameters: as named; killmail_id is null where not even that could be read.
INSERT INTO quality.quarantine AS entry (killmail_id, killmail_hash, batch_id, reason, detail, body, feed)
SELECT given.*
FROM (
    VALUES (
        cast(:killmail_id AS bigint),
        :killmail_hash,
        cast(:batch_id AS bigint),
        :reason,
        :detail,
        cast(:body AS bytea),
        :feed
    )
) AS given (killmail_id, killmail_hash, batch_id, reason, detail, body, feed)
WHERE
    NOT EXISTS (
        SELECT 1 FROM quality.quarantine AS discarded
        WHERE
            discarded.killmail_id = given.killmail_id
            AND discarded.resolution = 'discarded'
            AND discarded.reason = given.reason
            AND discarded.body IS NOT DISTINCT FROM given.body
    )
ON CONFLICT (killmail_id) WHERE resolved_at IS NULL DO UPDATE SET
    killmail_hash = excluded.killmail_hash,
    batch_id = excluded.batch_id,
    reason = excluded.reason,
    detail = excluded.detail,
    body = excluded.body,
    feed = excluded.feed,
    quarantined_at = now()
