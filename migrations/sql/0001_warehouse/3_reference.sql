-- reference: CCP's static data and market prices, for names, flags and values.

CREATE SCHEMA reference;
COMMENT ON SCHEMA reference IS 'Static data of EVE Online and market prices';

CREATE TABLE reference.solar_systems (
    system_id integer PRIMARY KEY,
    name text NOT NULL,
    constellation_id integer,
    constellation_name text,
    region_id integer,
    region_name text,
    security double precision,
    security_class text,
    x double precision,
    y double precision,
    z double precision
);
COMMENT ON TABLE reference.solar_systems IS 'Solar systems with their constellation and region';
COMMENT ON COLUMN reference.solar_systems.system_id IS 'EVE''s id of the system';
COMMENT ON COLUMN reference.solar_systems.name IS 'Name';
COMMENT ON COLUMN reference.solar_systems.constellation_id IS 'Constellation';
COMMENT ON COLUMN reference.solar_systems.constellation_name IS 'Its name';
COMMENT ON COLUMN reference.solar_systems.region_id IS 'Region';
COMMENT ON COLUMN reference.solar_systems.region_name IS 'Its name';
COMMENT ON COLUMN reference.solar_systems.security IS 'True security status, -1 to 1';
COMMENT ON COLUMN reference.solar_systems.security_class IS 'CCP''s security class';
COMMENT ON COLUMN reference.solar_systems.x IS 'Metres in the universe';
COMMENT ON COLUMN reference.solar_systems.y IS 'Metres in the universe';
COMMENT ON COLUMN reference.solar_systems.z IS 'Metres in the universe';

CREATE TABLE reference.categories (
    category_id integer PRIMARY KEY,
    name text NOT NULL
);
COMMENT ON TABLE reference.categories IS 'Categories of groups';
COMMENT ON COLUMN reference.categories.category_id IS 'EVE''s id of the category';
COMMENT ON COLUMN reference.categories.name IS 'Name';

CREATE TABLE reference.groups (
    group_id integer PRIMARY KEY,
    name text NOT NULL,
    category_id integer NOT NULL
);
COMMENT ON TABLE reference.groups IS 'Groups of types';
COMMENT ON COLUMN reference.groups.group_id IS 'EVE''s id of the group';
COMMENT ON COLUMN reference.groups.name IS 'Name';
COMMENT ON COLUMN reference.groups.category_id IS 'Category';

CREATE TABLE reference.types (
    type_id integer PRIMARY KEY,
    name text NOT NULL,
    group_id integer NOT NULL,
    meta_level integer,
    heat_damage double precision,
    rig_size integer
);
COMMENT ON TABLE reference.types IS 'Types of ships, modules, charges and everything else';
COMMENT ON COLUMN reference.types.type_id IS 'EVE''s id of the type';
COMMENT ON COLUMN reference.types.name IS 'Name';
COMMENT ON COLUMN reference.types.group_id IS 'Group';
COMMENT ON COLUMN reference.types.meta_level IS 'Attribute 633';
COMMENT ON COLUMN reference.types.heat_damage IS 'Attribute 1211';
COMMENT ON COLUMN reference.types.rig_size IS 'Attribute 1547';

CREATE TABLE reference.market_prices (
    type_id integer NOT NULL,
    day date NOT NULL,
    average numeric(20, 2) NOT NULL,
    PRIMARY KEY (type_id, day)
);
COMMENT ON TABLE reference.market_prices IS 'Average prices per UTC day';
COMMENT ON COLUMN reference.market_prices.type_id IS 'Type';
COMMENT ON COLUMN reference.market_prices.day IS 'UTC day';
COMMENT ON COLUMN reference.market_prices.average IS 'ISK for one';

CREATE TABLE reference.sde_builds (
    build_number bigint PRIMARY KEY,
    released_at timestamptz,
    loaded_at timestamptz NOT NULL,
    systems integer NOT NULL,
    types integer NOT NULL,
    groups integer NOT NULL,
    categories integer NOT NULL
);
COMMENT ON TABLE reference.sde_builds IS 'Builds of CCP''s static data that were loaded; the one loaded last is what the tables hold';
COMMENT ON COLUMN reference.sde_builds.build_number IS 'CCP''s number of the build';
COMMENT ON COLUMN reference.sde_builds.released_at IS 'When CCP released it';
COMMENT ON COLUMN reference.sde_builds.loaded_at IS 'When it was swapped in here';
COMMENT ON COLUMN reference.sde_builds.systems IS 'Rows of solar_systems in it';
COMMENT ON COLUMN reference.sde_builds.types IS 'Rows of types in it';
COMMENT ON COLUMN reference.sde_builds.groups IS 'Rows of groups in it';
COMMENT ON COLUMN reference.sde_builds.categories IS 'Rows of categories in it';
