-- Makes a session on the old database one that only reads, for as long as that takes, and prints times as ISO 8601.
-- Grain: the session. Parameters: none.
SET default_transaction_read_only = on;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET datestyle = 'ISO, YMD';
SET cursor_tuple_fraction = 1
