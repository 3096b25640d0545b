-- What an upstream said last about its token bucket. Grain: one row or none. Parameters: service.
SELECT
    tokens,
    window_seconds
FROM ops.token_limits
WHERE service = :service
