-- Makes the table of what the batch in this transaction refuses, gone with the transaction. Parameters: none.
-- Whole bodies are kept here and not in memory: a file may be bad throughout.
CREATE TEMPORARY TABLE refused (
    number bigint GENERATED ALWAYS AS IDENTITY,
    killmail_id bigint,
    killmail_hash text,
    reason text NOT NULL,
    detail text NOT NULL,
    body bytea,
    feed text NOT NULL
) ON COMMIT DROP
