-- Brings the export's solar systems to reference, with the names of their constellation and region.
-- Grain: one row per system. A row that is the same is not written.
INSERT INTO reference.solar_systems AS loaded (
    system_id, name, constellation_id, constellation_name, region_id, region_name, security, security_class, x, y, z
)
SELECT
    systems.system_id,
    systems.name,
    systems.constellation_id,
    constellations.name AS constellation_name,
    systems.region_id,
    regions.name AS region_name,
    systems.security,
    systems.security_class,
    systems.x,
    systems.y,
    systems.z
FROM incoming_solar_systems AS systems
INNER JOIN incoming_constellations AS constellations ON systems.constellation_id = constellations.constellation_id
INNER JOIN incoming_regions AS regions ON systems.region_id = regions.region_id
ON CONFLICT (system_id) DO UPDATE SET
    name = excluded.name,
    constellation_id = excluded.constellation_id,
    constellation_name = excluded.constellation_name,
    region_id = excluded.region_id,
    region_name = excluded.region_name,
    security = excluded.security,
    security_class = excluded.security_class,
    x = excluded.x,
    y = excluded.y,
    z = excluded.z
WHERE
(
    loaded.name, loaded.constellation_id, loaded.constellation_name, loaded.region_id, loaded.region_name,
    loaded.security, loaded.security_class, loaded.x, loaded.y, loaded.z
)
IS DISTINCT FROM
(
    excluded.name, excluded.constellation_id, excluded.constellation_name, excluded.region_id, excluded.region_name,
    excluded.security, excluded.security_class, excluded.x, excluded.y, excluded.z
)
