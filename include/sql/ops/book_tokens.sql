-- Books tokens in the slot that ends next; rows that have left the window are cleared away.
-- Grain: one row per service and slot. Parameters: service, tokens, window, step (seconds).
WITH cleared AS (
    DELETE FROM ops.token_ledger
    WHERE service = :service AND spent_at < clock_timestamp() - make_interval(secs => 2 * :window)
)

INSERT INTO ops.token_ledger AS ledger (service, spent_at, tokens)
VALUES (
    :service,
    to_timestamp(ceil(extract(EPOCH FROM clock_timestamp()) / :step) * :step),
    :tokens
)
ON CONFLICT (service, spent_at) DO UPDATE
    SET
        tokens = ledger.tokens + excluded.tokens
RETURNING spent_at
