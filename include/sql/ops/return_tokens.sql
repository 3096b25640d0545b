-- Gives reserved tokens back to their slot. Grain: one row. Parameters: service, spent_at, tokens.
UPDATE ops.token_ledger SET
    tokens = tokens - :tokens
WHERE service = :service AND spent_at = :spent_at
