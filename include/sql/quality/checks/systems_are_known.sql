-- Claim: every solar system is in the static data (as long as that was loaded).
SELECT
    kills.killmail_id,
    kills.system_id
FROM candidate.kills_fact_batch AS kills
LEFT JOIN reference.solar_systems AS systems ON kills.system_id = systems.system_id
WHERE systems.system_id IS NULL AND EXISTS (SELECT 1 FROM reference.solar_systems)
