-- Claim: no row of kill_characters (kill_corporations, kill_alliances) lacks what none may lack; the damage that a victim took is there
-- with a victim, and with nobody else.
SELECT
    killmail_id,
    any_entity_id,
    role,
    damage_taken
FROM candidate.kill_any_entities_batch
WHERE
    killmail_id IS NULL
    OR any_entity_id IS NULL
    OR kill_time IS NULL
    OR damage_done IS NULL
    OR system_id IS NULL
    OR attacker_count IS NULL
    OR players IS NULL
    OR pilots IS NULL
    OR victim_ship_type_id IS NULL
    OR role IS NULL
    OR also_attacked IS NULL
    OR final_blow IS NULL
    OR (damage_taken IS NOT NULL) != (role = 'victim')
