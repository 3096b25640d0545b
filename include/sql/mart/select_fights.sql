-- Killmails of a span of time that players took part in, in systems where enough of them died for a battle; each
-- with those who took part. Grain: one row per killmail and party (victim first). Parameters: begins, ends (not included), least.
WITH fought AS (
    SELECT
        kills.killmail_id,
        kills.kill_time,
        kills.system_id,
        kills.total_value AS isk,
        count(*) OVER (PARTITION BY kills.system_id) AS in_system
    FROM core.kills_fact AS kills
    WHERE
        kills.kill_time >= :begins AND kills.kill_time < :ends
        AND EXISTS (
            SELECT 1 FROM core.kill_attackers AS attackers
            WHERE
                attackers.killmail_id = kills.killmail_id
                AND NOT core.is_npc(attackers.character_id, attackers.corporation_id)
        )
),

kept AS (
    SELECT
        killmail_id,
        kill_time,
        system_id,
        isk
    FROM fought
    WHERE in_system >= :least
)

SELECT
    kept.killmail_id,
    kept.kill_time,
    kept.system_id,
    kept.isk,
    -1 AS number,
    victims.character_id,
    victims.corporation_id,
    victims.alliance_id
FROM kept
INNER JOIN core.kill_victims AS victims ON kept.killmail_id = victims.killmail_id
UNION ALL
SELECT
    kept.killmail_id,
    kept.kill_time,
    kept.system_id,
    kept.isk,
    attackers.attacker_index AS number,
    attackers.character_id,
    attackers.corporation_id,
    attackers.alliance_id
FROM kept
INNER JOIN core.kill_attackers AS attackers ON kept.killmail_id = attackers.killmail_id
WHERE NOT core.is_npc(attackers.character_id, attackers.corporation_id)
ORDER BY kill_time, killmail_id, number
