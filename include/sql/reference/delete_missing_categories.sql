-- Deletes what the export no longer has. Grain: one row per category_id. Parameters: none. Running it again deletes nothing.
DELETE FROM reference.categories AS loaded
WHERE NOT EXISTS (
    SELECT 1 FROM incoming_categories AS arriving
    WHERE arriving.category_id = loaded.category_id
)
