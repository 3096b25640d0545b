-- The ship types lost most in a span of time, by an entity or by everybody. Grain: one row per type.
-- Parameters: since (included) and until (not included), times; entity_kind and entity_id (null for everybody), limit.
SELECT
    victims.ship_type_id AS entity_id,
    types.name,
    count(*) AS lost,
    count(kills.total_value) AS valued,
    sum(kills.total_value) AS isk
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id
WHERE
    kills.kill_time >= :since AND kills.kill_time < :until
    AND (
        cast(:entity_id AS bigint) IS NULL
        OR cast(:entity_id AS bigint) = CASE cast(:entity_kind AS text)
            WHEN 'character' THEN victims.character_id
            WHEN 'corporation' THEN victims.corporation_id
            WHEN 'alliance' THEN victims.alliance_id
            ELSE kills.system_id
        END
    )
GROUP BY victims.ship_type_id, types.name
ORDER BY lost DESC, isk DESC NULLS LAST, victims.ship_type_id ASC
LIMIT :limit
