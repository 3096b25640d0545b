-- The dearest killmail of a UTC day: of everybody (then any killmail of a system), or the dearest kill or loss of an entity. Grain: one row
-- or none. Parameters: day; entity_kind and entity_id (null for everybody), is_loss (whether a loss is asked for, not a kill).
SELECT
    kills.killmail_id,
    kills.kill_time,
    kills.total_value,
    kills.attacker_count,
    kills.system_name,
    kills.victim_ship_name AS ship_name,
    kills.victim_character_name AS character_name,
    kills.victim_corporation_name AS corporation_name
FROM core.killmails_named AS kills
WHERE
    kills.killmail_id = (
        SELECT killmail_id
        FROM mart.appearances
        WHERE
            entity_kind = coalesce(cast(:entity_kind AS mart.entity_kind), 'system')
            AND (cast(:entity_id AS bigint) IS NULL OR entity_id = cast(:entity_id AS bigint))
            AND day = :day
            AND total_value > 0
            AND CASE WHEN :is_loss THEN is_loss ELSE is_kill END
        ORDER BY total_value DESC, killmail_id ASC
        LIMIT 1
    )
