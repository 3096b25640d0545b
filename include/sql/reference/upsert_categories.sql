-- Brings the export's categories to reference. Grain: one row per category. A row that is the same is not written.
INSERT INTO reference.categories AS category (category_id, name)
SELECT
    category_id,
    name
FROM incoming_categories
ON CONFLICT (
    category_id) DO UPDATE SET name = excluded.name
WHERE category.name IS DISTINCT FROM excluded.name
