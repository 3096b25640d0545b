-- Says for each kind of id whether it is one, for this session; null where the id is null. Idempotent.
-- Ranges, both ends included: https://developers.eveonline.com/docs/guides/id-ranges/. Since 2010-11-03 characters,
-- corporations and alliances have ranges of their own; older ones share 100,000,000 to 2,099,999,999. Agents and heads of
-- NPC corporations are characters 3,000,000 to 3,999,999; of system ids 30 are New Eden, 31 wormholes, 32 the Abyss.
CREATE OR REPLACE FUNCTION pg_temp.is_character_id(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN id BETWEEN 90000000 AND 97999999 OR id BETWEEN 100000000 AND 2147483647 OR id BETWEEN 3000000 AND 3999999;

CREATE OR REPLACE FUNCTION pg_temp.is_corporation_id(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN id BETWEEN 98000000 AND 98999999 OR id BETWEEN 100000000 AND 2099999999 OR id BETWEEN 1000000 AND 1999999;

CREATE OR REPLACE FUNCTION pg_temp.is_alliance_id(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN id BETWEEN 99000000 AND 99999999 OR id BETWEEN 100000000 AND 2099999999;

CREATE OR REPLACE FUNCTION pg_temp.is_faction_id(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN id BETWEEN 500000 AND 599999;

CREATE OR REPLACE FUNCTION pg_temp.is_system_id(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN id BETWEEN 30000000 AND 39999999;

CREATE OR REPLACE FUNCTION pg_temp.is_type_id(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN id BETWEEN 1 AND 2147483646;
