-- Puts into quarantine what a batch has refused, all at once and in the order of ids: the rows are locked for a moment
-- only, and two batches that refuse the same killmails never wait for each other crosswise.
-- Grain: one open row per killmail, by its latest refusal; a killmail that is refused again renews its open row. What
-- the batch has from another file is not refused, and what a person has discarded does not come back with the same body.
-- Parameters: batch_id.
INSERT INTO quality.quarantine AS entry (killmail_id, killmail_hash, batch_id, reason, detail, body, feed)
SELECT
    latest.killmail_id,
    latest.killmail_hash,
    :batch_id,
    latest.reason,
    latest.detail,
    latest.body,
    latest.feed
FROM (
    SELECT DISTINCT ON (refused.killmail_id) refused.*
    FROM refused
    ORDER BY refused.killmail_id ASC, refused.number DESC
) AS latest
WHERE
    NOT EXISTS (
        SELECT 1 FROM candidate.kills_fact_batch AS candidate
        WHERE candidate.killmail_id = latest.killmail_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM quality.quarantine AS discarded
        WHERE
            discarded.killmail_id = latest.killmail_id
            AND discarded.resolution = 'discarded'
            AND discarded.reason = latest.reason
            AND discarded.body IS NOT DISTINCT FROM latest.body
    )
ORDER BY latest.killmail_id
ON CONFLICT (killmail_id) WHERE resolved_at IS NULL DO UPDATE SET
    killmail_hash = excluded.killmail_hash,
    batch_id = excluded.batch_id,
    reason = excluded.reason,
    detail = excluded.detail,
    body = excluded.body,
    feed = excluded.feed,
    quarantined_at = now()
