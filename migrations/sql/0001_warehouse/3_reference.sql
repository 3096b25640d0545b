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
    average numeric(20, 2) NOT NULL CHECK (average > 0 AND average < 1e16),
    source text NOT NULL DEFAULT 'everef' CHECK (source IN ('everef', 'esi')),
    PRIMARY KEY (type_id, day)
);
CREATE INDEX market_prices_day ON reference.market_prices (day);
COMMENT ON TABLE reference.market_prices IS 'Average prices per UTC day; reference.price_on(type, day) bridges the gaps';
COMMENT ON COLUMN reference.market_prices.type_id IS 'Type';
COMMENT ON COLUMN reference.market_prices.day IS 'UTC day';
COMMENT ON COLUMN reference.market_prices.average IS 'ISK for one';
COMMENT ON COLUMN reference.market_prices.source IS 'everef: average of The Forge on that day; esi: EVE-wide average as ESI had it then';

CREATE TABLE reference.price_days (
    day date NOT NULL,
    source text NOT NULL CHECK (source IN ('everef', 'esi')),
    asked_at timestamptz NOT NULL,
    is_there boolean NOT NULL,
    prices integer NOT NULL,
    dropped jsonb NOT NULL,
    changed_at timestamptz,
    PRIMARY KEY (day, source)
);
COMMENT ON TABLE reference.price_days IS 'UTC days whose prices were asked for';
COMMENT ON COLUMN reference.price_days.day IS 'UTC day';
COMMENT ON COLUMN reference.price_days.source IS 'everef or esi';
COMMENT ON COLUMN reference.price_days.asked_at IS 'When it was last asked for';
COMMENT ON COLUMN reference.price_days.is_there IS 'Whether the source has that day; false is a 404';
COMMENT ON COLUMN reference.price_days.prices IS 'Prices that it gave';
COMMENT ON COLUMN reference.price_days.dropped IS 'Rows that could not be used, by reason';
COMMENT ON COLUMN reference.price_days.changed_at IS 'When the stored prices of the day last changed; null: never';

-- What a type cost on a day: the latest price of the 365 days before, that day included; where there is none, the first
-- of the 30 days after. A set of one row or none, in one plain SELECT, so that it is planned into the query around it.
CREATE FUNCTION reference.price_on(wanted_type integer, wanted_day date)
RETURNS TABLE (average numeric, price_day date, age_days integer, source text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT found.average, found.day, wanted_day - found.day, found.source
    FROM (
        (
            SELECT earlier.average, earlier.day, earlier.source
            FROM reference.market_prices AS earlier
            WHERE earlier.type_id = wanted_type AND earlier.day BETWEEN wanted_day - 365 AND wanted_day
            ORDER BY earlier.day DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT later.average, later.day, later.source
            FROM reference.market_prices AS later
            WHERE later.type_id = wanted_type AND later.day BETWEEN wanted_day + 1 AND wanted_day + 30
            ORDER BY later.day ASC
            LIMIT 1
        )
    ) AS found
    ORDER BY found.day > wanted_day
    LIMIT 1
$$;
COMMENT ON FUNCTION reference.price_on(integer, date) IS 'Price of a type on a UTC day with its age in days; negative: from a later day';

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
