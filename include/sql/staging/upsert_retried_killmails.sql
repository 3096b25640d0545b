-- Gives killmails in quarantine back to staging: to be built from the body that was kept, else from that which staging
-- has, else to be asked of ESI; each with all its chances again. What a feed gave as a package is no body.
-- Grain: one row per killmail. Parameters: ids (of entries). Idempotent: one that is on its way already is left alone, and
-- so is one that a source has named with another hash since; one that is set aside with a rejected batch leaves it. A
-- killmail that core has by this hash is derived again. The time in quarantine does not count as a delay, so it is staged
-- again.
INSERT INTO staging.killmails AS killmail (
    killmail_id, killmail_hash, feed, body, state, is_republished, fetched_at
)
SELECT
    given.killmail_id,
    given.killmail_hash,
    given.feed,
    given.body,
    CASE WHEN given.body IS NOT NULL OR given.is_known THEN 'fetched' ELSE 'pending' END AS state,
    given.is_known AND given.body IS NOT NULL AS is_republished,
    CASE WHEN given.body IS NOT NULL THEN now() END AS fetched_at
FROM (
    SELECT DISTINCT ON (entry.killmail_id)
        entry.killmail_id,
        entry.feed,
        coalesce(entry.killmail_hash, staged.killmail_hash) AS killmail_hash,
        CASE WHEN entry.reason != 'unreadable_package' THEN coalesce(entry.body, staged.body) END AS body,
        exists(
            SELECT 1 FROM core.kills_fact AS kills
            WHERE
                kills.killmail_id = entry.killmail_id
                AND kills.killmail_hash = coalesce(entry.killmail_hash, staged.killmail_hash)
        ) AS is_known
    FROM quality.quarantine AS entry
    LEFT JOIN staging.killmails AS staged ON entry.killmail_id = staged.killmail_id
    WHERE entry.quarantine_id = any(:ids)
    ORDER BY entry.killmail_id ASC, entry.quarantine_id DESC
) AS given
ORDER BY given.killmail_id
ON CONFLICT (killmail_id) DO UPDATE
    SET
        body = excluded.body,
        state = excluded.state,
        batch_id = NULL,
        is_republished = excluded.is_republished,
        attempts = 0,
        refetches = 0,
        rejections = 0,
        next_attempt_at = NULL,
        error = NULL,
        staged_at = now(),
        fetched_at = excluded.fetched_at
    WHERE
    killmail.killmail_hash = excluded.killmail_hash
    AND (
        killmail.state IN ('pending', 'quarantined', 'gone', 'promoted')
        OR (
            killmail.state = 'blocked'
            AND EXISTS (
                SELECT 1 FROM staging.batches
                WHERE batches.batch_id = killmail.batch_id AND batches.state = 'rejected'
            )
        )
    )
