-- Lets other connections see what the transaction sees, by the name that it returns, for as long as it lasts. Grain: one row.
SELECT pg_export_snapshot() AS name
