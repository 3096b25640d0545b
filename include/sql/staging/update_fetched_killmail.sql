-- Records what became of one request for a body.
-- Grain: one row per killmail_id. Parameters: killmail_id, state, body, error, wait_seconds, rejections.
UPDATE staging.killmails SET
    state = :state,
    body = :body,
    error = :error,
    attempts = attempts + 1,
    rejections = :rejections,
    next_attempt_at = CASE
        WHEN cast(:wait_seconds AS double precision) IS NOT NULL
            THEN now() + make_interval(secs => cast(:wait_seconds AS double precision))
    END,
    fetched_at = CASE WHEN :state = 'fetched' THEN now() END
WHERE killmail_id = :killmail_id
