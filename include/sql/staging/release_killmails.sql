-- Gives an abandoned or rejected batch's killmails back to be claimed again; the time that they were set aside for a
-- person does not count as a delay. Grain: one row per killmail. Parameters: batch_id.
-- Rows are locked in the order of their ids, as everybody locks them who may have to wait.
WITH mine AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE batch_id = :batch_id AND state IN ('fetched', 'blocked')
    ORDER BY killmail_id
    FOR UPDATE
)

UPDATE staging.killmails SET
    batch_id = NULL,
    state = 'fetched',
    staged_at = CASE WHEN killmails.state = 'blocked' THEN now() ELSE killmails.staged_at END
FROM mine
WHERE killmails.killmail_id = mine.killmail_id
