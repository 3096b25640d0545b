-- Keeps what an upstream says about its token bucket. Grain: one row per service.
-- Parameters: service, tokens, window_seconds. Idempotent.
INSERT INTO ops.token_limits (service, tokens, window_seconds)
VALUES (:service, :tokens, :window_seconds)
ON CONFLICT (service) DO UPDATE SET
    tokens = excluded.tokens,
    window_seconds = excluded.window_seconds,
    seen_at = now()
