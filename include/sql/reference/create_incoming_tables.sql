-- Makes the tables that an export of the static data is copied into, seen by this transaction alone and gone with it.
-- Grain: one row per line of the export, without keys, so that a check can find what is there twice.
CREATE TEMPORARY TABLE incoming_categories (category_id integer, name text) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_groups (group_id integer, name text, category_id integer) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_types (type_id integer, name text, group_id integer) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_type_attributes (
    type_id integer,
    attribute_id integer,
    value double precision
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_regions (region_id integer, name text) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_constellations (constellation_id integer, name text) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_solar_systems (
    system_id integer,
    name text,
    constellation_id integer,
    region_id integer,
    security double precision,
    security_class text,
    x double precision,
    y double precision,
    z double precision
) ON COMMIT DROP
