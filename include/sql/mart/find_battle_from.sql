-- When a battle began, or the next one by id: where it has another number by now, a list that goes on there shows one twice rather than
-- never. Grain: one row or none. Parameters: battle_id.
SELECT
    started_at,
    battle_id
FROM mart.battles
WHERE battle_id >= :battle_id
ORDER BY battle_id
LIMIT 1
