-- The battle with most killmails of those that began on a day, of an alliance or corporation or of everybody. Grain: one row or none.
-- Parameters: since (included) and until (not included), times; entity_kind and entity_id (null for everybody).
SELECT
    battles.battle_id,
    battles.system_id,
    systems.name AS system_name,
    systems.region_name,
    battles.started_at,
    battles.ended_at,
    battles.kills,
    battles.pilots,
    battles.valued,
    mart.known_isk(battles.isk, battles.valued, battles.kills) AS isk
FROM mart.battles
LEFT JOIN reference.solar_systems AS systems ON battles.system_id = systems.system_id
WHERE
    battles.started_at >= :since AND battles.started_at < :until
    AND (
        cast(:entity_id AS bigint) IS NULL
        OR EXISTS (
            SELECT FROM mart.battle_sides AS sides
            WHERE
                sides.battle_id = battles.battle_id
                AND cast(:entity_id AS bigint) = any(CASE :entity_kind WHEN 'alliance' THEN sides.alliances ELSE sides.corporations END)
        )
    )
ORDER BY battles.kills DESC, battles.isk DESC, battles.battle_id ASC
LIMIT 1
