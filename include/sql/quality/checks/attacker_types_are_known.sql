-- Claim: the types of attackers' ships and weapons are in the static data (as long as that was loaded).
SELECT
    attackers.killmail_id,
    attackers.attacker_index,
    attackers.ship_type_id,
    attackers.weapon_type_id
FROM candidate.kill_attackers_batch AS attackers
LEFT JOIN reference.types AS ships ON attackers.ship_type_id = ships.type_id
LEFT JOIN reference.types AS weapons ON attackers.weapon_type_id = weapons.type_id
WHERE
    (
        (attackers.ship_type_id IS NOT NULL AND ships.type_id IS NULL)
        OR (attackers.weapon_type_id IS NOT NULL AND weapons.type_id IS NULL)
    )
    AND EXISTS (SELECT 1 FROM reference.types)
