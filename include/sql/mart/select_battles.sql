-- Battles in a system, or anywhere, the latest or the costliest first. Grain: one row per battle.
-- Parameters: since (included) and until (not included), times of its start; system_id (null for all), min_kills, is_by_isk, the start
-- and id of the last battle shown (before_start, before_id; null on the first page), limit.
SELECT *
FROM mart.battles_named
WHERE
    started_at >= :since AND started_at < :until
    AND (cast(:system_id AS integer) IS NULL OR system_id = cast(:system_id AS integer))
    AND kills >= :min_kills
    AND (
        cast(:before_start AS timestamptz) IS NULL
        OR (started_at, battle_id) < (cast(:before_start AS timestamptz), cast(:before_id AS bigint))
    )
ORDER BY CASE WHEN :is_by_isk THEN isk END DESC NULLS LAST, started_at DESC, battle_id DESC
LIMIT :limit
