-- Kills and losses of an entity by how much they were worth: n is from 10^n to under 10^(n+1) ISK, -1 without a value.
-- Grain: one row per magnitude. Parameters: entity_kind, entity_id (null for all of the kind), first, last.
SELECT
    magnitude,
    sum(kills) AS kills,
    sum(losses) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM mart.value_distribution
WHERE
    entity_kind = cast(:entity_kind AS mart.entity_kind)
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND day BETWEEN :first AND :last
GROUP BY magnitude
ORDER BY magnitude
