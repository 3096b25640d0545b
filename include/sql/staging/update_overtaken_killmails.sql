-- Staged killmails that a batch brings from elsewhere need no body any more; the next batch finds them known and
-- brings their zkb block. Quarantined ones too, with whatever hash: that or their body was wrong, and the batch has the
-- right ones. And those set aside with a batch that a person has rejected. Their own body is not derived any more, and
-- the time that they waited for a person does not count as a delay.
-- Grain: one row per killmail. Parameters: none. A row that a fetch or a feed holds at the moment is left to it, so
-- that nobody waits for the other.
WITH overtaken AS (
    SELECT
        killmails.killmail_id,
        candidate.killmail_hash
    FROM staging.killmails
    INNER JOIN candidate.kills_fact_batch AS candidate ON killmails.killmail_id = candidate.killmail_id
    WHERE
        killmails.state = 'quarantined'
        OR (
            killmails.killmail_hash = candidate.killmail_hash
            AND (
                killmails.state IN ('pending', 'gone')
                OR (
                    killmails.state = 'blocked'
                    AND EXISTS (
                        SELECT 1 FROM staging.batches
                        WHERE batches.batch_id = killmails.batch_id AND batches.state = 'rejected'
                    )
                )
            )
        )
    ORDER BY killmails.killmail_id
    FOR UPDATE OF killmails SKIP LOCKED
)

UPDATE staging.killmails SET
    killmail_hash = overtaken.killmail_hash,
    body = CASE WHEN killmails.state != 'quarantined' THEN killmails.body END,
    state = 'fetched',
    batch_id = NULL,
    is_republished = FALSE,
    staged_at = CASE WHEN killmails.state IN ('quarantined', 'blocked') THEN now() ELSE killmails.staged_at END,
    next_attempt_at = NULL,
    error = NULL
FROM overtaken
WHERE killmails.killmail_id = overtaken.killmail_id
