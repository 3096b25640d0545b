-- Claim: the type of every ship lost is in the static data (as long as that was loaded).
SELECT
    victims.killmail_id,
    victims.ship_type_id
FROM candidate.kill_victims_batch AS victims
LEFT JOIN reference.types AS known ON victims.ship_type_id = known.type_id
WHERE known.type_id IS NULL AND EXISTS (SELECT 1 FROM reference.types)
