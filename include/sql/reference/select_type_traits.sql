-- What points, flags and values need to know of the types. Grain: one row per type that counts in them.
SELECT
    types.type_id,
    types.group_id,
    groups.category_id,
    types.meta_level,
    types.heat_damage,
    types.rig_size
FROM reference.types
INNER JOIN reference.groups USING (group_id)
WHERE groups.category_id IN (6, 7, 65, 91) OR types.rig_size > 1
