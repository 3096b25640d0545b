-- Notes that a day's digest is being posted; idempotent but for the count of attempts.
-- Parameters: day, entity, now.
INSERT INTO ops.digests (day, entity, state, attempted_at)
VALUES (:day, :entity, 'posting', :now)
ON CONFLICT (day) DO UPDATE SET
    entity = excluded.entity,
    state = excluded.state,
    attempts = digests.attempts + 1,
    attempted_at = excluded.attempted_at,
    posted_at = NULL,
    error = NULL
