-- Ids of the killmails of one character, corporation or alliance, the newest first, as its junction counts them. Grain: one row per
-- killmail. A template over the kinds of entities. Parameters: entity_id, role (victim, attacker, any), lowest and highest (ids, both
-- included), since and until (first moments of UTC days, the second not included; null for all), system_id and min_value (null for all),
-- limit.
SELECT killmail_id
FROM core.kill_any_entities
WHERE
    any_entity_id = :entity_id AND killmail_id BETWEEN :lowest AND :highest
    AND CASE :role WHEN 'victim' THEN role = 'victim' WHEN 'attacker' THEN role = 'attacker' OR also_attacked ELSE TRUE END
    AND (
        cast(:since AS timestamptz) IS NULL
        OR (
            day >= cast(cast(:since AS timestamptz) AT TIME ZONE 'UTC' AS date)
            AND day < cast(cast(:until AS timestamptz) AT TIME ZONE 'UTC' AS date)
        )
    )
    AND (cast(:system_id AS integer) IS NULL OR system_id = cast(:system_id AS integer))
    AND (cast(:min_value AS bigint) IS NULL OR total_value >= cast(:min_value AS bigint))
ORDER BY killmail_id DESC
LIMIT :limit
