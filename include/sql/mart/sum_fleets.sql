-- Kills and losses of an entity by how many attacked (the least of each bucket; 0: NPCs alone).
-- Grain: one row per at_least. Parameters: entity_kind, entity_id (null for all of the kind), first, last.
SELECT
    at_least,
    sum(kills) AS kills,
    sum(losses) AS losses,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost
FROM mart.fleet_sizes
WHERE
    entity_kind = cast(:entity_kind AS mart.entity_kind)
    AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
    AND day BETWEEN :first AND :last
GROUP BY at_least
ORDER BY at_least
