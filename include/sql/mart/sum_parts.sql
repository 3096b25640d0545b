-- The systems in which an entity killed and lost most, or everybody lost most; or the corporations of an alliance, or in a system, that
-- killed and lost most. A template over the two kinds of parts. Grain: one row per part.
-- Names: one_mart, one_part (its column), each_word (what it is called). Parameters: entity_kind, entity_id (null for everybody), part
-- (system or corporation), first, last, limit.
WITH days AS (
    SELECT
        one_part,
        kills,
        losses,
        isk_killed,
        isk_lost
    FROM mart.one_mart
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    UNION ALL
    SELECT
        bucket AS one_part,
        kills,
        losses,
        isk_killed,
        isk_lost
    FROM mart.sums_daily
    WHERE
        cast(:entity_id AS bigint) IS NULL AND :part = 'system'
        AND entity_id = 0 AND counted_by = 'system' AND day BETWEEN :first AND :last
),

parts AS (
    SELECT
        one_part AS part_id,
        sum(kills) AS kills,
        sum(losses) AS losses,
        sum(isk_killed) AS isk_killed,
        sum(isk_lost) AS isk_lost,
        -- what anybody killed, somebody lost
        sum(losses) + CASE WHEN cast(:entity_id AS bigint) IS NULL THEN 0 ELSE sum(kills) END AS weight
    FROM days
    GROUP BY one_part
    ORDER BY weight DESC, part_id ASC
    LIMIT :limit
)

SELECT
    parts.part_id AS one_part,
    known.each_word,
    parts.kills,
    parts.losses,
    parts.isk_killed,
    parts.isk_lost
FROM parts
LEFT JOIN
    LATERAL (
        SELECT
            named.name,
            named.region_name
        FROM core.entities_named AS named
        WHERE named.entity_kind = :part AND named.entity_id = parts.part_id
        OFFSET 0  -- noqa: AM09
    ) AS known
    ON TRUE
ORDER BY parts.weight DESC, parts.part_id ASC
