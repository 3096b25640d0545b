-- Names as people type them: what serves "begins with", in any case, in the order of the names. COLLATE "C" makes an
-- index fit for LIKE, whatever the database's own collation.

CREATE INDEX characters_lower_name ON core.characters ((lower(name) COLLATE "C"));
CREATE INDEX corporations_lower_name ON core.corporations ((lower(name) COLLATE "C"));
CREATE INDEX alliances_lower_name ON core.alliances ((lower(name) COLLATE "C"));
CREATE INDEX solar_systems_lower_name ON reference.solar_systems ((lower(name) COLLATE "C"));

-- An id is looked for among all kinds at once, where it is a bigint: core.entities_named.
CREATE INDEX solar_systems_entity_id ON reference.solar_systems ((system_id::bigint));
