-- Claim: the constellation and the region of every solar system are there. Grain: one row per system where they are not.
SELECT 'system ' || systems.system_id AS example
FROM incoming_solar_systems AS systems
LEFT JOIN incoming_constellations AS constellations ON systems.constellation_id = constellations.constellation_id
LEFT JOIN incoming_regions AS regions ON systems.region_id = regions.region_id
WHERE constellations.constellation_id IS NULL OR regions.region_id IS NULL
ORDER BY systems.system_id
