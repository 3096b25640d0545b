-- Claim: the group of every type is there. Grain: one row per type where it is not.
SELECT 'type ' || arriving.type_id AS example
FROM incoming_types AS arriving
LEFT JOIN incoming_groups AS parents ON arriving.group_id = parents.group_id
WHERE parents.group_id IS NULL
ORDER BY arriving.type_id
