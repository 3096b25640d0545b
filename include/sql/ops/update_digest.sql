-- Notes what became of an attempt to post a day's digest; idempotent. Parameters: day, state, posted_at, error.
UPDATE ops.digests
SET state = :state, posted_at = :posted_at, error = :error
WHERE day = :day
