-- Lets the transaction stay open for as long as it takes, whatever time-outs its role has. Grain: one row.
SELECT
    set_config('idle_in_transaction_session_timeout', '0', TRUE) AS idle,
    set_config('transaction_timeout', '0', TRUE) AS whole
