-- Brings the export's types with their three attributes to reference. Grain: one row per type.
-- Attribute 633 is the meta level, 1211 the heat damage, 1547 the rig size. A row that is the same is not written.
INSERT INTO reference.types AS loaded (type_id, name, group_id, meta_level, heat_damage, rig_size)
WITH attributes AS (
    SELECT
        type_id,
        max(value) FILTER (WHERE attribute_id = 633) AS meta_level,
        max(value) FILTER (WHERE attribute_id = 1211) AS heat_damage,
        max(value) FILTER (WHERE attribute_id = 1547) AS rig_size
    FROM incoming_type_attributes
    GROUP BY type_id
)
SELECT
    types.type_id,
    types.name,
    types.group_id,
    floor(attributes.meta_level)::integer AS meta_level,
    attributes.heat_damage,
    floor(attributes.rig_size)::integer AS rig_size
FROM incoming_types AS types
LEFT JOIN attributes ON types.type_id = attributes.type_id
ON CONFLICT (type_id) DO UPDATE SET
    name = excluded.name,
    group_id = excluded.group_id,
    meta_level = excluded.meta_level,
    heat_damage = excluded.heat_damage,
    rig_size = excluded.rig_size
WHERE
(loaded.name, loaded.group_id, loaded.meta_level, loaded.heat_damage, loaded.rig_size)
IS DISTINCT FROM
(excluded.name, excluded.group_id, excluded.meta_level, excluded.heat_damage, excluded.rig_size)
