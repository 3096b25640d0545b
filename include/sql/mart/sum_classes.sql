-- Kills and losses of an entity by how much they were worth (magnitude: n is from 10^n to under 10^(n+1) ISK, -1 without a value), or by
-- how many attacked (at_least: the least of each class; 0: NPCs alone). A template over these. Grain: one row per class.
-- Names: one_mart, one_class. Parameters: entity_kind, entity_id (null for everybody), first, last.
WITH classes AS (
    SELECT
        one_class,
        kills,
        losses,
        isk_killed,
        isk_lost
    FROM mart.one_mart
    WHERE entity_kind = cast(:entity_kind AS mart.entity_kind) AND entity_id = :entity_id AND day BETWEEN :first AND :last
    UNION ALL
    SELECT
        cast(bucket AS smallint) AS one_class,
        kills,
        losses,
        isk_killed,
        isk_lost
    FROM mart.sums_daily
    WHERE cast(:entity_id AS bigint) IS NULL AND entity_id = 0 AND counted_by = 'one_class' AND day BETWEEN :first AND :last
)

SELECT
    one_class,
    sum(kills) AS kills,
    sum(losses) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM classes
GROUP BY one_class
ORDER BY one_class
