-- The battle with most killmails of those that began on a day, of an alliance or corporation or of everybody. Grain: one row or none.
-- Parameters: since (included) and until (not included), times; entity_kind and entity_id (null for everybody).
SELECT *
FROM mart.battles_named
WHERE
    started_at >= :since AND started_at < :until
    AND (
        cast(:entity_id AS bigint) IS NULL
        OR EXISTS (
            SELECT FROM mart.battle_sides AS sides
            WHERE
                sides.battle_id = battles_named.battle_id
                AND cast(:entity_id AS bigint) = any(CASE :entity_kind WHEN 'alliance' THEN sides.alliances ELSE sides.corporations END)
        )
    )
ORDER BY kills DESC, isk DESC NULLS LAST, battle_id ASC
LIMIT 1
