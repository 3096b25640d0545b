-- Battles of a character, a corporation or an alliance, the latest or the costliest first. Grain: one row per battle.
-- Parameters: entity_kind, entity_id, since (included) and until (not included), times of its start; is_by_isk, the start and id of the
-- last battle shown (before_start, before_id; null on the first page), limit.
WITH theirs AS (
    SELECT battle_id
    FROM mart.battle_sides
    WHERE :entity_kind = 'alliance' AND alliances @> ARRAY[cast(:entity_id AS bigint)]
    UNION
    SELECT battle_id
    FROM mart.battle_sides
    WHERE :entity_kind = 'corporation' AND corporations @> ARRAY[cast(:entity_id AS bigint)]
    UNION
    SELECT battle_kills.battle_id
    FROM core.kill_characters AS pilots
    INNER JOIN mart.battle_kills AS battle_kills ON pilots.killmail_id = battle_kills.killmail_id
    WHERE :entity_kind = 'character' AND pilots.character_id = :entity_id
)

SELECT battles_named.*
FROM theirs
INNER JOIN mart.battles_named USING (battle_id)
WHERE
    started_at >= :since AND started_at < :until
    AND (
        cast(:before_start AS timestamptz) IS NULL
        OR (started_at, battle_id) < (cast(:before_start AS timestamptz), cast(:before_id AS bigint))
    )
ORDER BY CASE WHEN :is_by_isk THEN isk END DESC NULLS LAST, started_at DESC, battle_id DESC
LIMIT :limit
