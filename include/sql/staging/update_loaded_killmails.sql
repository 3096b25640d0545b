-- Lets a rejected batch go of killmails that core has by this hash: nothing of them is missing, only the batch's zkb block
-- is not brought. One whose body came again under the same hash stays with the batch.
-- Grain: one row per killmail. Parameters: batch_id. Rows are locked in the order of their ids.
WITH mine AS (
    SELECT killmails.killmail_id
    FROM staging.killmails
    INNER JOIN core.kills_fact AS kills
        ON killmails.killmail_id = kills.killmail_id AND killmails.killmail_hash = kills.killmail_hash
    WHERE killmails.batch_id = :batch_id AND killmails.state = 'blocked' AND NOT killmails.is_republished
    ORDER BY killmails.killmail_id
    FOR UPDATE OF killmails
)

UPDATE staging.killmails SET
    state = 'promoted',
    promoted_at = now(),
    batch_id = NULL,
    error = NULL
FROM mine
WHERE killmails.killmail_id = mine.killmail_id
