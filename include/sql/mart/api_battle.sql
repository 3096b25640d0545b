-- One battle. Grain: one row or none. Parameters: battle_id.
SELECT
    battles.battle_id,
    battles.system_id,
    systems.name AS system_name,
    systems.region_name,
    battles.started_at,
    battles.ended_at,
    battles.kills,
    battles.pilots,
    battles.sides,
    battles.valued,
    mart.known_isk(battles.isk, battles.valued, battles.kills) AS isk
FROM mart.battles
LEFT JOIN reference.solar_systems AS systems ON battles.system_id = systems.system_id
WHERE battles.battle_id = :battle_id
