-- Claim: what every export of EVE has is there under its name. Grain: one row per landmark that is not.
WITH arriving AS (
    SELECT
        'system' AS kind,
        system_id AS id,
        name
    FROM incoming_solar_systems
    UNION ALL
    SELECT
        'region' AS kind,
        region_id,
        name
    FROM incoming_regions
    UNION ALL
    SELECT
        'type' AS kind,
        type_id,
        name
    FROM incoming_types
    UNION ALL
    SELECT
        'group' AS kind,
        group_id,
        name
    FROM incoming_groups
    UNION ALL
    SELECT
        'category' AS kind,
        category_id,
        name
    FROM incoming_categories
)

SELECT landmarks.kind || ' ' || landmarks.id || ' (' || landmarks.name || ')' AS example
FROM (
    VALUES
    ('system', 30000142, 'Jita'),
    ('region', 10000002, 'The Forge'),
    ('type', 587, 'Rifter'),
    ('type', 670, 'Capsule'),
    ('group', 25, 'Frigate'),
    ('category', 6, 'Ship')
) AS landmarks (kind, id, name)
LEFT JOIN arriving USING (kind, id, name)
WHERE arriving.id IS NULL
ORDER BY landmarks.kind, landmarks.id
