-- Prunes promoted rows that are older than the given days. Parameters: days, most (rows in one step). Idempotent.
-- A row that another transaction holds at the moment is left to the next run, so that nobody waits for the other.
WITH old AS (
    SELECT killmail_id
    FROM staging.killmails
    WHERE state = 'promoted' AND promoted_at < now() - make_interval(secs => :days * 86400)
    ORDER BY promoted_at, killmail_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)

DELETE FROM staging.killmails
WHERE killmail_id IN (SELECT old.killmail_id FROM old)
