-- Claim: the type of every ship lost is in the static data (as long as that was loaded).
SELECT
    victims.killmail_id,
    victims.ship_type_id
FROM candidate.kill_victims_batch AS victims
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id
WHERE types.type_id IS NULL AND EXISTS (SELECT 1 FROM reference.types)
