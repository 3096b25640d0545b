-- Deletes what the export no longer has. Grain: one row per type_id. Parameters: none. Running it again deletes nothing.
DELETE FROM reference.types AS loaded
WHERE NOT EXISTS (
    SELECT 1 FROM incoming_types AS arriving
    WHERE arriving.type_id = loaded.type_id
)
