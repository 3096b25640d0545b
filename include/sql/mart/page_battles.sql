-- Battles of a character, a corporation or an alliance, the latest or the costliest first. Grain: one row per battle.
-- Parameters: kind, entity_id, since and until (its start, in UTC; `until` is out), is_by_isk, before (battle_id of the
-- last one shown, null for the first page), limit.
WITH theirs AS (
    SELECT battle_id
    FROM mart.battle_sides
    WHERE :kind = 'alliance' AND alliances @> ARRAY[cast(:entity_id AS bigint)]
    UNION
    SELECT battle_id
    FROM mart.battle_sides
    WHERE :kind = 'corporation' AND corporations @> ARRAY[cast(:entity_id AS bigint)]
    UNION
    SELECT battle_kills.battle_id
    FROM core.kill_characters AS pilots
    INNER JOIN mart.battle_kills AS battle_kills ON pilots.killmail_id = battle_kills.killmail_id
    WHERE :kind = 'character' AND pilots.character_id = :entity_id
)

SELECT
    battles.battle_id,
    battles.system_id,
    systems.name AS system_name,
    battles.started_at,
    battles.ended_at,
    battles.kills,
    battles.pilots,
    battles.valued,
    mart.known_isk(battles.isk, battles.valued, battles.kills) AS isk
FROM theirs
INNER JOIN mart.battles AS battles ON theirs.battle_id = battles.battle_id
LEFT JOIN reference.solar_systems AS systems ON battles.system_id = systems.system_id
WHERE
    battles.started_at >= :since AND battles.started_at < :until
    AND (
        cast(:before AS bigint) IS NULL
        OR (battles.started_at, battles.battle_id)
        < (
            SELECT
                earlier.started_at,
                earlier.battle_id
            FROM mart.battles AS earlier
            WHERE earlier.battle_id >= :before  -- the next one where it has another number by now: better met twice than never
            ORDER BY earlier.battle_id
            LIMIT 1
        )
    )
ORDER BY CASE WHEN :is_by_isk THEN battles.isk END DESC NULLS LAST, battles.started_at DESC, battles.battle_id DESC
LIMIT :limit
