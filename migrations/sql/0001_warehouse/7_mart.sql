-- mart: what charts read. Nearly all of it are views over the junctions and core (7_mart_entities.sql), right as soon as a batch is
-- promoted. What they would read too much for is summed up in tables here and in 7_mart_battles.sql (docs/adr/0012-marts-are-views.md),
-- day by day; `python -m killmart marts --rebuild` makes these anew.
--
-- What counts, everywhere here:
--   kill   a killmail counts once for each entity that attacked, however many of its pilots did, with its whole value.
--          NPCs (core.is_npc) do not attack for anybody: an attacker counts if it is a player's pilot, or belongs to a player
--          corporation (structures, drones). So an NPC corporation has the kills of the players in it, not those of its NPCs.
--   loss   a killmail counts once for the victim's character, corporation and alliance, whoever killed it, NPCs included.
--   both   an entity on both sides of a killmail has the kill and the loss.
--   system its kills are the killmails there that somebody attacked who counts, its losses all killmails there.
--   ISK    kills_fact.total_value of the killmails that have one. How many have none, tell activity_daily (kills_valued,
--          losses_valued), battles, and value_distribution under magnitude -1: unknown is not 0, see mart.known_isk.
--   day    the UTC day of kill_time. Days without killmails have no rows.
--   npc    npc_losses are killmails on which nobody counts. kills_fact.npc has these too, and NPC structures that players killed,
--          as zKillboard has it; where zKillboard gave npc, that stands there.

CREATE SCHEMA mart;
COMMENT ON SCHEMA mart IS 'What charts read: sums per UTC day and entity, relations and battles, derived from core';

CREATE TYPE mart.entity_kind AS ENUM ('character', 'corporation', 'alliance', 'system');
COMMENT ON TYPE mart.entity_kind IS 'What an entity_id is the id of';

CREATE FUNCTION mart.known_isk(
    isk numeric, valued numeric, killmails numeric
) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN $2 > 0 OR $3 = 0 THEN $1 END
$$;
COMMENT ON FUNCTION mart.known_isk IS
'A sum of ISK over killmails of which so many have a value: null where there are some and none of them has one';

CREATE FUNCTION mart.magnitude(isk bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        width_bucket($1, ARRAY[
            1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
        ]::bigint[]),
        -1
    )::smallint
$$;
COMMENT ON FUNCTION mart.magnitude IS 'The power of ten of a value: n from 10^n to under 10^(n+1) ISK, 0 under 10 ISK, -1 without a value';

CREATE FUNCTION mart.fleet_size(players integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]::smallint[])[
        width_bucket($1, ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000])
    ]
$$;
COMMENT ON FUNCTION mart.fleet_size IS 'The class of so many attackers: the smallest number in it';

CREATE TABLE mart.touched_days (
    touch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    touched_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX touched_days_day ON mart.touched_days (day);
COMMENT ON TABLE mart.touched_days IS
'UTC days whose killmails changed since the mart was refreshed; a row goes with the refresh that saw it';
COMMENT ON COLUMN mart.touched_days.touch_id IS 'Number of the change';
COMMENT ON COLUMN mart.touched_days.day IS 'UTC day';
COMMENT ON COLUMN mart.touched_days.touched_at IS 'When the transaction began that changed it';

CREATE TABLE mart.items_daily (
    day date NOT NULL,
    type_id integer NOT NULL,
    killmails integer NOT NULL,
    dropped numeric NOT NULL,
    destroyed numeric NOT NULL,
    dropped_value numeric,
    destroyed_value numeric,
    PRIMARY KEY (type_id, day)
);
CREATE INDEX items_daily_day ON mart.items_daily (day);
COMMENT ON TABLE mart.items_daily IS
'Items that dropped and were destroyed per UTC day and type, everybody''s; the ships themselves are in ships_daily';
COMMENT ON COLUMN mart.items_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.items_daily.type_id IS 'Type of the item; see reference.types';
COMMENT ON COLUMN mart.items_daily.killmails IS 'Killmails that had it';
COMMENT ON COLUMN mart.items_daily.dropped IS 'How many dropped';
COMMENT ON COLUMN mart.items_daily.destroyed IS 'How many were destroyed';
COMMENT ON COLUMN mart.items_daily.dropped_value IS 'ISK of those that dropped, by kill_items.unit_price; null where no piece has one';
COMMENT ON COLUMN mart.items_daily.destroyed_value IS 'ISK of those destroyed, by kill_items.unit_price; null where no piece has one';

CREATE TABLE mart.crews_daily (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL CHECK (entity_kind <> 'character'),
    day date NOT NULL,
    pilots integer NOT NULL,
    ship_type_ids integer[] NOT NULL,
    kills_with integer[] NOT NULL CHECK (cardinality(kills_with) = cardinality(ship_type_ids)),
    PRIMARY KEY (entity_kind, entity_id, day)
);
CREATE INDEX crews_daily_day ON mart.crews_daily (day, entity_kind);
COMMENT ON TABLE mart.crews_daily IS
'Pilots of corporations, of alliances and in systems, and what they flew on kills, per UTC day: a part of activity_daily and ships_daily';
COMMENT ON COLUMN mart.crews_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.crews_daily.entity_kind IS 'corporation, alliance or system; what a character flew is in core.kill_characters';
COMMENT ON COLUMN mart.crews_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.crews_daily.pilots IS
'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';
COMMENT ON COLUMN mart.crews_daily.ship_type_ids IS
'Types of ships, structures or deployables, by id; attackers whose ship is unknown are left out';
COMMENT ON COLUMN mart.crews_daily.kills_with IS 'On how many kills the entity flew each of them, in step';

CREATE TABLE mart.members_daily (
    entity_id bigint NOT NULL,
    day date NOT NULL,
    corporation_id bigint NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_id, day, corporation_id)
);
CREATE INDEX members_daily_day ON mart.members_daily (day);
COMMENT ON TABLE mart.members_daily IS 'Which corporations killed and lost within an alliance, per UTC day: a part of corporations_daily';
COMMENT ON COLUMN mart.members_daily.entity_id IS 'EVE''s id of the alliance';
COMMENT ON COLUMN mart.members_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.members_daily.corporation_id IS 'A corporation, of that alliance on these killmails';
COMMENT ON COLUMN mart.members_daily.kills IS 'Killmails on which the corporation attacked';
COMMENT ON COLUMN mart.members_daily.losses IS 'Killmails of which the corporation was the victim';
COMMENT ON COLUMN mart.members_daily.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.members_daily.isk_lost IS 'ISK of its losses';
