-- One battle. Grain: one row or none. Parameters: battle_id.
SELECT
    battle_id,
    system_id,
    system_name,
    region_name,
    started_at,
    ended_at,
    kills,
    pilots,
    sides,
    valued,
    isk
FROM mart.battles_named
WHERE battle_id = :battle_id
