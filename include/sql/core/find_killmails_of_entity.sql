-- Ids of the killmails of one character, corporation or alliance, the newest first. Grain: one row per killmail.
-- A template over the kinds of entities. Parameters: entity_id, role (victim, attacker, any), lowest and highest (ids, both
-- included), since and until (times, null for all), system_id and min_value (null for all), limit.
SELECT killmail_id
FROM (
    SELECT DISTINCT killmail_id
    FROM (
        SELECT killmail_id
        FROM core.kill_attackers
        WHERE any_entity_id = :entity_id AND killmail_id BETWEEN :lowest AND :highest AND :role <> 'victim'
        UNION ALL
        SELECT killmail_id
        FROM core.kill_victims
        WHERE any_entity_id = :entity_id AND killmail_id BETWEEN :lowest AND :highest AND :role <> 'attacker'
    ) AS involved
) AS theirs
INNER JOIN core.kills_fact USING (killmail_id)
WHERE
    (cast(:since AS timestamptz) IS NULL OR (kill_time >= cast(:since AS timestamptz) AND kill_time < cast(:until AS timestamptz)))
    AND (cast(:system_id AS integer) IS NULL OR system_id = cast(:system_id AS integer))
    AND (cast(:min_value AS bigint) IS NULL OR total_value >= cast(:min_value AS bigint))
ORDER BY killmail_id DESC
LIMIT :limit
