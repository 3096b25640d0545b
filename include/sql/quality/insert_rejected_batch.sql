-- Puts a rejected batch's killmails into quarantine: those that staging holds for it, with their bodies, and those that
-- never were in staging (of whole days), whose bodies the day's source has. One that core has by this hash needs no
-- place there, and one that has left the batch goes its own way.
-- Grain: one open row per killmail; one that is there already is renewed, unless it has a body of this hash and the batch
-- none to keep (that of a release, which is still in quarantine). Parameters: batch_id, reason, detail.
INSERT INTO quality.quarantine AS entry (killmail_id, killmail_hash, batch_id, reason, detail, body, feed)
SELECT
    rejected.killmail_id,
    rejected.killmail_hash,
    :batch_id,
    :reason,
    :detail,
    rejected.body,
    rejected.feed
FROM (
    SELECT
        killmails.killmail_id,
        killmails.killmail_hash,
        killmails.body,
        killmails.feed
    FROM staging.killmails
    WHERE killmails.batch_id = :batch_id AND killmails.state = 'blocked'
    UNION ALL
    (SELECT DISTINCT ON (candidate.killmail_id)
        candidate.killmail_id,
        candidate.killmail_hash,
        NULL AS body,
        candidate.source AS feed
    FROM candidate.kills_fact_batch AS candidate
    WHERE
        NOT EXISTS (
            SELECT 1 FROM staging.killmails AS staged
            WHERE staged.killmail_id = candidate.killmail_id
        )
        AND NOT EXISTS (
            SELECT 1 FROM core.kills_fact AS kills
            WHERE kills.killmail_id = candidate.killmail_id AND kills.killmail_hash = candidate.killmail_hash
        )
    ORDER BY candidate.killmail_id, candidate.killmail_hash)
) AS rejected
ORDER BY rejected.killmail_id
ON CONFLICT (killmail_id) WHERE resolved_at IS NULL DO UPDATE SET
    killmail_hash = excluded.killmail_hash,
    batch_id = excluded.batch_id,
    reason = excluded.reason,
    detail = excluded.detail,
    body = excluded.body,
    feed = excluded.feed,
    quarantined_at = now()
WHERE
excluded.body IS NOT NULL
OR entry.body IS NULL
OR entry.killmail_hash IS DISTINCT FROM excluded.killmail_hash
