-- Names as people type them: what serves "begins with", in any case, in the order of the names. COLLATE "C" makes an
-- index fit for LIKE, whatever the database's own collation.

CREATE INDEX characters_lower_name ON core.characters ((lower(name) COLLATE "C"));
CREATE INDEX corporations_lower_name ON core.corporations ((lower(name) COLLATE "C"));
CREATE INDEX alliances_lower_name ON core.alliances ((lower(name) COLLATE "C"));
CREATE INDEX solar_systems_lower_name ON reference.solar_systems ((lower(name) COLLATE "C"));
