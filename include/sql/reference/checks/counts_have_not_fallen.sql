-- Claim: no table has less than 90 % of the rows that are loaded now. Grain: one row per table that has.
WITH counts AS (
    SELECT
        'solar_systems' AS table_name,
        (SELECT count(*) FROM incoming_solar_systems) AS arriving,
        (SELECT count(*) FROM reference.solar_systems) AS loaded
    UNION ALL
    SELECT
        'types' AS table_name,
        (SELECT count(*) FROM incoming_types) AS arriving,
        (SELECT count(*) FROM reference.types) AS loaded
    UNION ALL
    SELECT
        'groups' AS table_name,
        (SELECT count(*) FROM incoming_groups) AS arriving,
        (SELECT count(*) FROM reference.groups) AS loaded
    UNION ALL
    SELECT
        'categories' AS table_name,
        (SELECT count(*) FROM incoming_categories) AS arriving,
        (SELECT count(*) FROM reference.categories) AS loaded
    UNION ALL
    SELECT
        'type attributes' AS table_name,
        (SELECT count(*) FROM incoming_type_attributes) AS arriving,
        (SELECT count(meta_level) + count(heat_damage) + count(rig_size) FROM reference.types) AS loaded
)

SELECT table_name || ' (' || arriving || ' after ' || loaded || ')' AS example
FROM counts
WHERE arriving = 0 OR arriving < 0.9 * loaded
ORDER BY table_name
