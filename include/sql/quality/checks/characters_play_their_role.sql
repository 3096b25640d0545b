-- Claim: kill_characters says of each pilot what victims and attackers say: the victim, else an attacker; nobody lacks.
WITH shown AS (
    SELECT
        killmail_id,
        character_id,
        bool_or(is_victim) AS is_victim
    FROM (
        SELECT
            killmail_id,
            character_id,
            TRUE AS is_victim
        FROM candidate.kill_victims_batch
        UNION ALL
        SELECT
            killmail_id,
            character_id,
            FALSE AS is_victim
        FROM candidate.kill_attackers_batch
    ) AS involved
    WHERE character_id IS NOT NULL
    GROUP BY killmail_id, character_id
)

SELECT
    coalesce(said.killmail_id, shown.killmail_id) AS killmail_id,
    coalesce(said.character_id, shown.character_id) AS character_id,
    said.role,
    CASE WHEN shown.is_victim THEN 'victim' WHEN NOT shown.is_victim THEN 'attacker' END AS expected
FROM candidate.kill_characters_batch AS said
FULL JOIN shown ON said.killmail_id = shown.killmail_id AND said.character_id = shown.character_id
WHERE
    shown.is_victim IS NULL
    OR said.role IS DISTINCT FROM CASE WHEN shown.is_victim THEN 'victim' ELSE 'attacker' END
