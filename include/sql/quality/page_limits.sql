-- Ends a page's queries that take too long; holds for the transaction. Parameters: milliseconds.
SELECT set_config('statement_timeout', cast(:milliseconds AS text), TRUE)
