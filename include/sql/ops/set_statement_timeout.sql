-- Ends a statement that takes too long; holds for those that follow in the transaction. Parameters: milliseconds.
SELECT set_config('statement_timeout', cast(:milliseconds AS text), TRUE)
