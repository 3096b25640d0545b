-- The sides of battles, that with most pilots first; who stood there as JSON lists of ids and names. Grain: one row per battle and side.
-- Parameters: battle_ids, is_brief (whether corporations are named only where a side has no alliance; nobody looks up the others).
SELECT
    battle_id,
    side,
    pilots,
    kills,
    losses,
    kills_valued,
    losses_valued,
    isk_killed,
    isk_lost,
    alliances,
    CASE WHEN :is_brief AND alliances <> '[]' THEN '[]' ELSE corporations END AS corporations
FROM mart.battle_sides_named
WHERE battle_id = any(:battle_ids)
ORDER BY battle_id, side
