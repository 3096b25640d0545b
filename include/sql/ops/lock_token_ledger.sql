-- Makes a service's ledger this transaction's alone, which then commits without waiting for the disk: what a crash
-- of the server forgets of it, the next answer's headers bring back. Grain: one row. Parameters: service.
SELECT
    set_config('synchronous_commit', 'off', TRUE),
    pg_advisory_xact_lock(7340003, hashtext(:service))
