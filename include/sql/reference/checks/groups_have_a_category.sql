-- Claim: the category of every group is there. Grain: one row per group where it is not.
SELECT 'group ' || arriving.group_id AS example
FROM incoming_groups AS arriving
LEFT JOIN incoming_categories AS categories ON arriving.category_id = categories.category_id
WHERE categories.category_id IS NULL
ORDER BY arriving.group_id
