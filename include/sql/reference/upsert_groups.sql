-- Brings the export's groups to reference. Grain: one row per group. A row that is the same is not written.
INSERT INTO reference.groups AS loaded (group_id, name, category_id)
SELECT
    group_id,
    name,
    category_id
FROM incoming_groups
ON CONFLICT (group_id) DO UPDATE SET
    name = excluded.name,
    category_id = excluded.category_id
WHERE (loaded.name, loaded.category_id) IS DISTINCT FROM (excluded.name, excluded.category_id)
