-- The corporations of an alliance, or in a system, that killed and lost most. Grain: one row per corporation.
-- Parameters: entity_kind, entity_id, first, last, limit.
WITH members AS (
    SELECT
        corporation_id,
        sum(kills) AS kills,
        sum(losses) AS losses,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost
    FROM mart.corporations_daily
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    GROUP BY corporation_id
    ORDER BY sum(kills) + sum(losses) DESC, corporation_id
    LIMIT :limit
)

SELECT
    members.corporation_id,
    corporations.name,
    members.kills,
    members.losses,
    members.isk_killed,
    members.isk_lost
FROM members
LEFT JOIN core.corporations AS corporations ON members.corporation_id = corporations.eve_id
ORDER BY members.kills + members.losses DESC, members.corporation_id
