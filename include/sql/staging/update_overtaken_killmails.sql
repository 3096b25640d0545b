-- Staged killmails that a batch brings from elsewhere need no body any more; the next batch finds them known and
-- brings their zkb block. Grain: one row per killmail. Parameters: none.
UPDATE staging.killmails SET
    state = 'fetched',
    next_attempt_at = NULL,
    error = NULL
FROM candidate.kills_fact_batch AS candidate
WHERE
    killmails.killmail_id = candidate.killmail_id
    AND killmails.killmail_hash = candidate.killmail_hash
    AND killmails.state IN ('pending', 'gone')
