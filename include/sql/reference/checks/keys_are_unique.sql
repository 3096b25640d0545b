-- Claim: no id is there twice. Grain: one row per table and id that is.
SELECT 'category ' || category_id AS example
FROM incoming_categories
GROUP BY category_id
HAVING count(*) > 1
UNION ALL
SELECT 'group ' || group_id AS example
FROM incoming_groups
GROUP BY group_id
HAVING count(*) > 1
UNION ALL
SELECT 'type ' || type_id AS example
FROM incoming_types
GROUP BY type_id
HAVING count(*) > 1
UNION ALL
SELECT 'attribute ' || attribute_id || ' of type ' || type_id AS example
FROM incoming_type_attributes
GROUP BY type_id, attribute_id
HAVING count(*) > 1
UNION ALL
SELECT 'region ' || region_id AS example
FROM incoming_regions
GROUP BY region_id
HAVING count(*) > 1
UNION ALL
SELECT 'constellation ' || constellation_id AS example
FROM incoming_constellations
GROUP BY constellation_id
HAVING count(*) > 1
UNION ALL
SELECT 'system ' || system_id AS example
FROM incoming_solar_systems
GROUP BY system_id
HAVING count(*) > 1
ORDER BY example
