-- Claim: kill_characters says of each pilot what victims and attackers say: the victim, else an attacker; nobody lacks.
WITH shown AS (
    SELECT
        killmail_id,
        character_id,
        max(role) AS role
    FROM (
        SELECT
            killmail_id,
            character_id,
            'victim' AS role
        FROM candidate.kill_victims_batch
        UNION ALL
        SELECT
            killmail_id,
            character_id,
            'attacker' AS role
        FROM candidate.kill_attackers_batch
    ) AS involved
    WHERE character_id IS NOT NULL
    GROUP BY killmail_id, character_id
)
SELECT
    coalesce(said.killmail_id, shown.killmail_id) AS killmail_id,
    coalesce(said.character_id, shown.character_id) AS character_id,
    said.role,
    shown.role AS expected
FROM candidate.kill_characters_batch AS said
FULL JOIN shown ON said.killmail_id = shown.killmail_id AND said.character_id = shown.character_id
WHERE said.role IS DISTINCT FROM shown.role
