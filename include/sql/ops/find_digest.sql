-- What became of the digest of a day. Grain: one row or none. Parameters: day.
SELECT
    state,
    attempts,
    posted_at,
    error
FROM ops.digests
WHERE day = :day
