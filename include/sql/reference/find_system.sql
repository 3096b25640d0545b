-- One solar system, and when something was last destroyed there. Grain: one row or none. Parameters: entity_id.
SELECT
    systems.system_id AS entity_id,
    systems.name,
    systems.region_id,
    systems.region_name,
    systems.security,
    (
        SELECT max(activity.day)
        FROM mart.activity_daily AS activity
        WHERE activity.entity_kind = 'system' AND activity.entity_id = systems.system_id
    ) AS last_day
FROM reference.solar_systems AS systems
WHERE systems.system_id = :entity_id
