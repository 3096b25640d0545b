-- One battle. Grain: one row or none. Parameters: battle_id.
SELECT *
FROM mart.battles_named
WHERE battle_id = :battle_id
