-- Deletes what the export no longer has. Grain: one row per group_id. Parameters: none. Running it again deletes nothing.
DELETE FROM reference.groups AS loaded
WHERE NOT EXISTS (
    SELECT 1 FROM incoming_groups AS arriving
    WHERE arriving.group_id = loaded.group_id
)
