-- The ship types lost most in a span of time, by an entity or by everybody. Grain: one row per type.
-- Parameters: since (included) and until (not included), times; entity_kind and entity_id (null for everybody), limit.
SELECT
    kills.victim_ship_type_id AS entity_id,
    kills.victim_ship_name AS name,
    count(*) AS lost,
    count(kills.total_value) AS valued,
    sum(kills.total_value) AS isk
FROM core.killmails_named AS kills
WHERE
    kills.kill_time >= :since AND kills.kill_time < :until
    AND (
        cast(:entity_id AS bigint) IS NULL
        OR cast(:entity_id AS bigint) = CASE cast(:entity_kind AS text)
            WHEN 'character' THEN kills.victim_character_id
            WHEN 'corporation' THEN kills.victim_corporation_id
            WHEN 'alliance' THEN kills.victim_alliance_id
            ELSE kills.system_id
        END
    )
GROUP BY kills.victim_ship_type_id, kills.victim_ship_name
ORDER BY lost DESC, isk DESC NULLS LAST, kills.victim_ship_type_id ASC
LIMIT :limit
