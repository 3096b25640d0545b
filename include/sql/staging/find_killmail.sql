-- Where staging has one killmail, with the beginning of its body. Grain: one row or none.
-- Parameters: killmail_id, shown (bytes of the body at most).
SELECT
    killmail_hash,
    feed,
    state,
    batch_id,
    attempts,
    refetches,
    next_attempt_at,
    error,
    staged_at,
    fetched_at,
    promoted_at,
    zkb,
    octet_length(body) AS body_bytes,
    substring(body FROM 1 FOR :shown) AS body
FROM staging.killmails
WHERE killmail_id = :killmail_id
