-- Battles, the latest first. Grain: one row per battle.
-- Parameters: since (included) and until (not included), times; system_id (null for all), min_kills, the start and id of the last
-- battle shown (before_start, before_id; null on the first page), limit.
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
WHERE
    battles.started_at >= :since AND battles.started_at < :until
    AND (cast(:system_id AS integer) IS NULL OR battles.system_id = cast(:system_id AS integer))
    AND battles.kills >= :min_kills
    AND (
        cast(:before_start AS timestamptz) IS NULL
        OR (battles.started_at, battles.battle_id) < (cast(:before_start AS timestamptz), cast(:before_id AS bigint))
    )
ORDER BY battles.started_at DESC, battles.battle_id DESC
LIMIT :limit
