-- Claim: the corporation, alliance and ship of each row of kill_characters are those of its victim or of one of its attackers. A victim
-- that attacked has its ship as an attacker.
SELECT
    said.killmail_id,
    said.character_id,
    said.corporation_id,
    said.alliance_id,
    said.ship_type_id
FROM candidate.kill_characters_batch AS said
LEFT JOIN candidate.kill_victims_batch AS lost
    ON said.killmail_id = lost.killmail_id AND said.character_id = lost.character_id AND said.role = 'victim'
LEFT JOIN (
    SELECT DISTINCT
        killmail_id,
        character_id,
        corporation_id,
        alliance_id,
        ship_type_id
    FROM candidate.kill_attackers_batch
    WHERE character_id IS NOT NULL
) AS attacked
    ON
        said.killmail_id = attacked.killmail_id AND said.character_id = attacked.character_id
        AND said.ship_type_id IS NOT DISTINCT FROM attacked.ship_type_id
        AND (
            said.role = 'victim'
            OR (said.corporation_id, said.alliance_id) IS NOT DISTINCT FROM (attacked.corporation_id, attacked.alliance_id)
        )
WHERE
    (said.role = 'victim' AND (said.corporation_id, said.alliance_id) IS DISTINCT FROM (lost.corporation_id, lost.alliance_id))
    OR (attacked.killmail_id IS NULL AND (said.role = 'attacker' OR said.ship_type_id IS NOT NULL))
