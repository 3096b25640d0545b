-- The killmails of one battle. Grain: one row per killmail. Parameters: battle_id.
SELECT
    killmail_id,
    victim_side
FROM mart.battle_kills
WHERE battle_id = :battle_id
ORDER BY killmail_id
