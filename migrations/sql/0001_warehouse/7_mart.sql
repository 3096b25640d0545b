-- mart: what charts read. Derived from core alone, day by day; `python -m killmart marts --rebuild` makes all of it anew.
--
-- What counts, in every table here:
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

CREATE TABLE mart.activity_daily (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL,
    day date NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    solo_kills integer NOT NULL,
    solo_losses integer NOT NULL,
    npc_losses integer NOT NULL,
    final_blows integer NOT NULL,
    pilots integer NOT NULL,
    kills_valued integer NOT NULL,
    losses_valued integer NOT NULL,
    points bigint NOT NULL,
    points_lost bigint NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    damage_done numeric NOT NULL,
    damage_taken numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day)
);
CREATE INDEX activity_daily_day ON mart.activity_daily (day, entity_kind);
COMMENT ON TABLE mart.activity_daily IS 'Kills and losses per entity and UTC day; no row where it had neither';
COMMENT ON COLUMN mart.activity_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.activity_daily.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.activity_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.activity_daily.kills IS 'Killmails on which the entity attacked';
COMMENT ON COLUMN mart.activity_daily.losses IS 'Killmails of which the entity was the victim';
COMMENT ON COLUMN mart.activity_daily.solo_kills IS 'Kills flagged solo';
COMMENT ON COLUMN mart.activity_daily.solo_losses IS 'Losses flagged solo';
COMMENT ON COLUMN mart.activity_daily.npc_losses IS
'Losses that NPCs alone inflicted: no attacker counts. Of a system, kills_fact.npc without NPC structures that players killed';
COMMENT ON COLUMN mart.activity_daily.final_blows IS 'Kills whose final blow it struck';
COMMENT ON COLUMN mart.activity_daily.pilots IS
'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';
COMMENT ON COLUMN mart.activity_daily.kills_valued IS 'Kills that have a value; isk_killed is of these';
COMMENT ON COLUMN mart.activity_daily.losses_valued IS 'Losses that have a value; isk_lost is of these';
COMMENT ON COLUMN mart.activity_daily.points IS 'Points of its kills';
COMMENT ON COLUMN mart.activity_daily.points_lost IS 'Points of its losses';
COMMENT ON COLUMN mart.activity_daily.isk_killed IS 'ISK of its kills that have a value, each in full';
COMMENT ON COLUMN mart.activity_daily.isk_lost IS 'ISK of its losses that have a value';
COMMENT ON COLUMN mart.activity_daily.damage_done IS 'Hit points that it did on its kills; of a system those by all who count';
COMMENT ON COLUMN mart.activity_daily.damage_taken IS 'Hit points on its losses';

CREATE TABLE mart.activity_hourly (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL,
    day date NOT NULL,
    hour smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    weekday smallint NOT NULL GENERATED ALWAYS AS (date_part('isodow', day)) STORED,
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, hour)
);
CREATE INDEX activity_hourly_day ON mart.activity_hourly (day, entity_kind);
COMMENT ON TABLE mart.activity_hourly IS 'Kills and losses per entity, UTC day and hour: the heat map is its sum by weekday and hour';
COMMENT ON COLUMN mart.activity_hourly.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.activity_hourly.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.activity_hourly.day IS 'UTC day';
COMMENT ON COLUMN mart.activity_hourly.hour IS 'UTC hour, 0 to 23';
COMMENT ON COLUMN mart.activity_hourly.weekday IS 'Monday 1 to Sunday 7, from day';
COMMENT ON COLUMN mart.activity_hourly.kills IS 'Killmails on which the entity attacked';
COMMENT ON COLUMN mart.activity_hourly.losses IS 'Killmails of which the entity was the victim';
COMMENT ON COLUMN mart.activity_hourly.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.activity_hourly.isk_lost IS 'ISK of its losses';

CREATE TABLE mart.ships_daily (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL,
    day date NOT NULL,
    ship_type_id integer NOT NULL,
    kills_with integer NOT NULL,
    killed integer NOT NULL,
    lost integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, ship_type_id)
);
CREATE INDEX ships_daily_day ON mart.ships_daily (day, entity_kind);
COMMENT ON TABLE mart.ships_daily IS 'Ship types per entity and UTC day: flown on kills, killed, lost';
COMMENT ON COLUMN mart.ships_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.ships_daily.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.ships_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.ships_daily.ship_type_id IS 'Type of ship, structure or deployable; see reference.types';
COMMENT ON COLUMN mart.ships_daily.kills_with IS 'Kills on which the entity flew it; attackers whose ship is unknown are left out';
COMMENT ON COLUMN mart.ships_daily.killed IS 'Kills whose victim flew it';
COMMENT ON COLUMN mart.ships_daily.lost IS 'Losses of it';
COMMENT ON COLUMN mart.ships_daily.isk_killed IS 'ISK of those killed';
COMMENT ON COLUMN mart.ships_daily.isk_lost IS 'ISK of those lost';

CREATE TABLE mart.value_distribution (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL,
    day date NOT NULL,
    magnitude smallint NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, magnitude)
);
CREATE INDEX value_distribution_day ON mart.value_distribution (day, entity_kind);
COMMENT ON TABLE mart.value_distribution IS 'Kills and losses per entity and UTC day by what they were worth, in powers of ten';
COMMENT ON COLUMN mart.value_distribution.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.value_distribution.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.value_distribution.day IS 'UTC day';
COMMENT ON COLUMN mart.value_distribution.magnitude IS
'n holds values from 10^n to under 10^(n+1) ISK (6: 1 to 10 million); 0 what is under 10 ISK; -1 what has no value yet';
COMMENT ON COLUMN mart.value_distribution.kills IS 'Kills worth that much';
COMMENT ON COLUMN mart.value_distribution.losses IS 'Losses worth that much';
COMMENT ON COLUMN mart.value_distribution.isk_killed IS 'ISK of these kills';
COMMENT ON COLUMN mart.value_distribution.isk_lost IS 'ISK of these losses';

CREATE TABLE mart.fleet_sizes (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL,
    day date NOT NULL,
    at_least smallint NOT NULL CHECK (at_least IN (0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)),
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, at_least)
);
CREATE INDEX fleet_sizes_day ON mart.fleet_sizes (day, entity_kind);
COMMENT ON TABLE mart.fleet_sizes IS 'Kills and losses per entity and UTC day by how many attacked';
COMMENT ON COLUMN mart.fleet_sizes.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.fleet_sizes.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.fleet_sizes.day IS 'UTC day';
COMMENT ON COLUMN mart.fleet_sizes.at_least IS
'Smallest number of attackers in the bucket, NPCs left out: 0 (NPCs alone), 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000';
COMMENT ON COLUMN mart.fleet_sizes.kills IS 'Kills with that many attackers, whoever they were';
COMMENT ON COLUMN mart.fleet_sizes.losses IS 'Losses to that many attackers';
COMMENT ON COLUMN mart.fleet_sizes.isk_killed IS 'ISK of these kills';
COMMENT ON COLUMN mart.fleet_sizes.isk_lost IS 'ISK of these losses';

CREATE TABLE mart.systems_daily (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL CHECK (entity_kind <> 'system'),
    day date NOT NULL,
    system_id integer NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, system_id)
);
CREATE INDEX systems_daily_day ON mart.systems_daily (day, entity_kind);
COMMENT ON TABLE mart.systems_daily IS
'Where an entity killed and lost, per UTC day; all that happened in a system is in activity_daily, entity_kind system';
COMMENT ON COLUMN mart.systems_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.systems_daily.entity_kind IS 'character, corporation or alliance';
COMMENT ON COLUMN mart.systems_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.systems_daily.system_id IS 'Solar system; its region is in reference.solar_systems';
COMMENT ON COLUMN mart.systems_daily.kills IS 'Killmails there on which the entity attacked';
COMMENT ON COLUMN mart.systems_daily.losses IS 'Killmails there of which the entity was the victim';
COMMENT ON COLUMN mart.systems_daily.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.systems_daily.isk_lost IS 'ISK of its losses';

CREATE TABLE mart.corporations_daily (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL CHECK (entity_kind IN ('alliance', 'system')),
    day date NOT NULL,
    corporation_id bigint NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, corporation_id)
);
CREATE INDEX corporations_daily_day ON mart.corporations_daily (day, entity_kind);
COMMENT ON TABLE mart.corporations_daily IS 'Which corporations killed and lost within an alliance or a system, per UTC day';
COMMENT ON COLUMN mart.corporations_daily.entity_id IS 'EVE''s id of the alliance or system';
COMMENT ON COLUMN mart.corporations_daily.entity_kind IS 'alliance or system';
COMMENT ON COLUMN mart.corporations_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.corporations_daily.corporation_id IS 'A corporation, of that alliance on these killmails, or active in that system';
COMMENT ON COLUMN mart.corporations_daily.kills IS 'Killmails on which the corporation attacked';
COMMENT ON COLUMN mart.corporations_daily.losses IS 'Killmails of which the corporation was the victim';
COMMENT ON COLUMN mart.corporations_daily.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.corporations_daily.isk_lost IS 'ISK of its losses';

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

CREATE TABLE mart.relations_daily (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL CHECK (entity_kind IN ('corporation', 'alliance')),
    day date NOT NULL,
    other_id bigint NOT NULL CHECK (other_id <> entity_id),
    flew_with integer NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    isk_with numeric NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, day, other_id)
);
CREATE INDEX relations_daily_day ON mart.relations_daily (day, entity_kind);
COMMENT ON TABLE mart.relations_daily IS
'Whom a corporation or alliance flew with and fought, per UTC day; each edge from both ends. NPC corporations are left out';
COMMENT ON COLUMN mart.relations_daily.entity_id IS 'EVE''s id of the entity that looks';
COMMENT ON COLUMN mart.relations_daily.entity_kind IS 'corporation or alliance; both ends are of the same kind';
COMMENT ON COLUMN mart.relations_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.relations_daily.other_id IS 'EVE''s id of the entity at the other end';
COMMENT ON COLUMN mart.relations_daily.flew_with IS 'Killmails on which both attacked';
COMMENT ON COLUMN mart.relations_daily.kills IS 'Killmails on which the entity attacked the other';
COMMENT ON COLUMN mart.relations_daily.losses IS 'Killmails on which the other attacked the entity';
COMMENT ON COLUMN mart.relations_daily.isk_with IS 'ISK that both killed together';
COMMENT ON COLUMN mart.relations_daily.isk_killed IS 'ISK that the other lost to the entity';
COMMENT ON COLUMN mart.relations_daily.isk_lost IS 'ISK that the entity lost to the other';
