-- Stages refs, with the body where the feed gave one. The caller has locked the rows that are there (lock_killmails), so
-- that what is read here is what is written upon.
-- Grain: one row per killmail_id. Parameters: refs (JSON array of {id, hash, zkb, body in hex}), feed.
-- Idempotent: the same ref again writes nothing. What is new about it decides the state:
--   core has it with this hash          -> 'fetched' without a body: only its zkb block is looked at
--   a body where there was none or a bad one -> 'fetched', also out of 'gone' and 'quarantined'
--   another body under the same hash (the source published it again) -> 'fetched', to be derived again
--   another zkb block for a promoted or quarantined killmail -> 'fetched', as long as its body is here or in core
--   the same for one that a person has rejected or discarded -> stays 'quarantined', unless core has it with this hash:
--     then its zkb block is brought, and not its body
--   another hash                        -> starts over
-- A row whose zkb block or body changed leaves its batch, so that the next batch brings the change to core.
WITH given AS (
    SELECT
        refs.id AS killmail_id,
        refs.hash AS killmail_hash,
        refs.zkb,
        decode(refs.body, 'hex') AS body,
        exists(
            SELECT 1 FROM core.kills_fact AS kills
            WHERE kills.killmail_id = refs.id AND kills.killmail_hash = refs.hash
        ) AS known
    FROM jsonb_to_recordset(cast(:refs AS jsonb)) AS refs (id bigint, hash text, zkb jsonb, body text)
),

compared AS (
    SELECT
        given.*,
        CASE WHEN given.known OR given.body IS NOT NULL THEN 'fetched' ELSE 'pending' END AS fresh_state,
        existing.state AS old_state,
        coalesce(existing.killmail_hash != given.killmail_hash, TRUE) AS is_fresh,
        existing.body AS old_body,
        existing.zkb AS old_zkb,
        coalesce(existing.is_republished, FALSE) AS was_republished,
        CASE
            WHEN existing.state = 'quarantined'
                THEN
                    coalesce(existing.error LIKE 'rejected_batch:%', FALSE)
                    OR (
                        EXISTS (
                            SELECT 1 FROM quality.quarantine AS entry
                            WHERE entry.killmail_id = given.killmail_id AND entry.resolution = 'discarded'
                        )
                        AND NOT EXISTS (
                            SELECT 1 FROM quality.quarantine AS entry
                            WHERE entry.killmail_id = given.killmail_id AND entry.resolved_at IS NULL
                        )
                    )
            ELSE FALSE
        END AS is_turned_down,
        (given.zkb IS NOT NULL AND given.zkb IS DISTINCT FROM existing.zkb) AS is_revalued,
        given.body IS NOT NULL AND (
            existing.state IN ('pending', 'gone')
            OR (existing.state = 'quarantined' AND existing.body IS DISTINCT FROM given.body)
        ) AS is_revived,
        existing.state IN ('fetched', 'blocked', 'promoted') AND existing.body != given.body AS is_republished
    FROM given
    LEFT JOIN staging.killmails AS existing ON given.killmail_id = existing.killmail_id
),

decided AS (
    SELECT
        killmail_id,
        killmail_hash,
        coalesce(zkb, CASE WHEN NOT is_fresh THEN old_zkb END) AS zkb,
        CASE WHEN is_fresh OR is_revived OR is_republished THEN body ELSE old_body END AS body,
        CASE
            WHEN is_fresh THEN fresh_state
            WHEN is_revived OR is_republished THEN 'fetched'
            WHEN old_state IN ('pending', 'gone') AND known THEN 'fetched'
            WHEN is_turned_down AND NOT known THEN old_state
            WHEN old_state IN ('promoted', 'quarantined') AND is_revalued AND (known OR old_body IS NOT NULL) THEN 'fetched'
            ELSE old_state
        END AS state,
        CASE
            WHEN is_fresh THEN FALSE
            WHEN is_republished THEN TRUE
            WHEN is_turned_down AND NOT is_revived THEN FALSE
            ELSE was_republished
        END AS is_republished
    FROM compared
    WHERE
        is_fresh OR is_revived OR is_republished OR is_revalued
        OR (old_state IN ('pending', 'gone') AND known)
)

INSERT INTO staging.killmails AS killmail (
    killmail_id, killmail_hash, feed, zkb, body, state, is_republished, fetched_at
)
SELECT
    killmail_id,
    killmail_hash,
    :feed,
    zkb,
    body,
    state,
    is_republished,
    CASE WHEN body IS NOT NULL THEN now() END AS fetched_at
FROM decided
ORDER BY killmail_id
ON CONFLICT (killmail_id) DO UPDATE
    SET
        killmail_hash = excluded.killmail_hash,
        feed = excluded.feed,
        zkb = excluded.zkb,
        body = excluded.body,
        state = excluded.state,
        is_republished = excluded.is_republished,
        batch_id = CASE WHEN excluded.state = 'blocked' THEN killmail.batch_id END,
        attempts = CASE WHEN killmail.killmail_hash = excluded.killmail_hash THEN killmail.attempts ELSE 0 END,
        refetches = CASE WHEN killmail.killmail_hash = excluded.killmail_hash THEN killmail.refetches ELSE 0 END,
        rejections = CASE WHEN killmail.killmail_hash = excluded.killmail_hash THEN killmail.rejections ELSE 0 END,
        next_attempt_at = CASE
            WHEN killmail.killmail_hash = excluded.killmail_hash THEN killmail.next_attempt_at
        END,
        error = CASE WHEN excluded.state = 'fetched' THEN NULL ELSE killmail.error END,
        fetched_at = excluded.fetched_at
RETURNING killmail_id, (xmax = 0) AS is_new
