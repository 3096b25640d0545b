-- Deletes what the export no longer has. Grain: one row per system_id. Parameters: none. Running it again deletes nothing.
DELETE FROM reference.solar_systems AS loaded
WHERE NOT EXISTS (
    SELECT 1 FROM incoming_solar_systems AS arriving
    WHERE arriving.system_id = loaded.system_id
)
