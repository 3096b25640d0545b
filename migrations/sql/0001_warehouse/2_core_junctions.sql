-- Who was on a killmail, once per killmail and entity: derived from core's other kill tables by include/sql/templates/insert_kill_*.sql
-- alone, with the killmail's facts that pages and sums of an entity need. The index of each holds what the sums of one entity read, so that
-- it answers without the table. Columns go by width, the widest first.

CREATE TYPE core.kill_role AS ENUM ('victim', 'attacker');
COMMENT ON TYPE core.kill_role IS 'Whether somebody on a killmail lost the ship or attacked it';

CREATE TABLE core.kill_characters (
    killmail_id bigint NOT NULL,
    character_id bigint NOT NULL,
    corporation_id bigint,
    alliance_id bigint,
    kill_time timestamptz NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS ((kill_time AT TIME ZONE 'UTC')::date) STORED NOT NULL,
    system_id integer NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    ship_type_id integer,
    role core.kill_role NOT NULL,
    attacker_count smallint NOT NULL,
    players smallint NOT NULL,
    pilots smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour', kill_time AT TIME ZONE 'UTC')) STORED NOT NULL,
    also_attacked boolean NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean,
    PRIMARY KEY (killmail_id, character_id)
) PARTITION BY RANGE (killmail_id);
CREATE INDEX kill_characters_day ON core.kill_characters (character_id, day, killmail_id) INCLUDE (
    corporation_id, total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, ship_type_id, role, players, pilots,
    hour, final_blow, solo
);
COMMENT ON TABLE core.kill_characters IS
'One row per killmail and character that it names, NPCs as well, with the facts of the killmail that its pages need';
COMMENT ON COLUMN core.kill_characters.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_characters.character_id IS 'The character';
COMMENT ON COLUMN core.kill_characters.corporation_id IS 'Corporation at that time';
COMMENT ON COLUMN core.kill_characters.alliance_id IS 'Alliance at that time';
COMMENT ON COLUMN core.kill_characters.kill_time IS 'The killmail''s';
COMMENT ON COLUMN core.kill_characters.total_value IS 'The killmail''s';
COMMENT ON COLUMN core.kill_characters.damage_done IS
'Hit points; of one that attacks as an NPC and as a player, as a player alone';
COMMENT ON COLUMN core.kill_characters.damage_taken IS 'Hit points that the victim took; null for an attacker';
COMMENT ON COLUMN core.kill_characters.day IS 'UTC day of kill_time';
COMMENT ON COLUMN core.kill_characters.system_id IS 'The killmail''s';
COMMENT ON COLUMN core.kill_characters.points IS 'The killmail''s';
COMMENT ON COLUMN core.kill_characters.victim_ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN core.kill_characters.ship_type_id IS
'Type of the ship that it attacked in, the first where it is listed twice; null where that is not known, and for a mere victim';
COMMENT ON COLUMN core.kill_characters.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';
COMMENT ON COLUMN core.kill_characters.attacker_count IS 'The killmail''s: rows in kill_attackers';
COMMENT ON COLUMN core.kill_characters.players IS
'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';
COMMENT ON COLUMN core.kill_characters.pilots IS '1 where it attacked and is no NPC (core.is_npc), else 0';
COMMENT ON COLUMN core.kill_characters.hour IS 'UTC hour of kill_time, 0 to 23';
COMMENT ON COLUMN core.kill_characters.also_attacked IS 'Whether the victim stands among the attackers, too';
COMMENT ON COLUMN core.kill_characters.final_blow IS 'Whether it struck the final blow';
COMMENT ON COLUMN core.kill_characters.solo IS 'The killmail''s';

CREATE TABLE core.kill_corporations (
    killmail_id bigint NOT NULL,
    corporation_id bigint NOT NULL,
    kill_time timestamptz NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS ((kill_time AT TIME ZONE 'UTC')::date) STORED NOT NULL,
    system_id integer NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    role core.kill_role NOT NULL,
    attacker_count smallint NOT NULL,
    players smallint NOT NULL,
    pilots smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour', kill_time AT TIME ZONE 'UTC')) STORED NOT NULL,
    also_attacked boolean NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean,
    PRIMARY KEY (killmail_id, corporation_id)
) PARTITION BY RANGE (killmail_id);
CREATE INDEX kill_corporations_day ON core.kill_corporations (corporation_id, day, killmail_id) INCLUDE (
    total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo
);
COMMENT ON TABLE core.kill_corporations IS
'One row per killmail and corporation that lost the ship, or attacked with somebody who is no NPC (core.is_npc), with the facts of the '
'killmail that its pages need';
COMMENT ON COLUMN core.kill_corporations.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_corporations.corporation_id IS 'The corporation';
COMMENT ON COLUMN core.kill_corporations.kill_time IS 'The killmail''s';
COMMENT ON COLUMN core.kill_corporations.total_value IS 'The killmail''s';
COMMENT ON COLUMN core.kill_corporations.damage_done IS 'Hit points by those who are no NPCs';
COMMENT ON COLUMN core.kill_corporations.damage_taken IS 'Hit points that the victim took; null for an attacker';
COMMENT ON COLUMN core.kill_corporations.day IS 'UTC day of kill_time';
COMMENT ON COLUMN core.kill_corporations.system_id IS 'The killmail''s';
COMMENT ON COLUMN core.kill_corporations.points IS 'The killmail''s';
COMMENT ON COLUMN core.kill_corporations.victim_ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN core.kill_corporations.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';
COMMENT ON COLUMN core.kill_corporations.attacker_count IS 'The killmail''s: rows in kill_attackers';
COMMENT ON COLUMN core.kill_corporations.players IS
'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';
COMMENT ON COLUMN core.kill_corporations.pilots IS 'Different characters of it that attacked, NPCs not counted';
COMMENT ON COLUMN core.kill_corporations.hour IS 'UTC hour of kill_time, 0 to 23';
COMMENT ON COLUMN core.kill_corporations.also_attacked IS 'Whether the victim stands among the attackers, too';
COMMENT ON COLUMN core.kill_corporations.final_blow IS 'Whether it struck the final blow';
COMMENT ON COLUMN core.kill_corporations.solo IS 'The killmail''s';

CREATE TABLE core.kill_alliances (
    killmail_id bigint NOT NULL,
    alliance_id bigint NOT NULL,
    kill_time timestamptz NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS ((kill_time AT TIME ZONE 'UTC')::date) STORED NOT NULL,
    system_id integer NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    role core.kill_role NOT NULL,
    attacker_count smallint NOT NULL,
    players smallint NOT NULL,
    pilots smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour', kill_time AT TIME ZONE 'UTC')) STORED NOT NULL,
    also_attacked boolean NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean,
    PRIMARY KEY (killmail_id, alliance_id)
) PARTITION BY RANGE (killmail_id);
CREATE INDEX kill_alliances_day ON core.kill_alliances (alliance_id, day, killmail_id) INCLUDE (
    total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo
);
COMMENT ON TABLE core.kill_alliances IS
'One row per killmail and alliance that lost the ship, or attacked with somebody who is no NPC (core.is_npc), with the facts of the '
'killmail that its pages need';
COMMENT ON COLUMN core.kill_alliances.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_alliances.alliance_id IS 'The alliance';
COMMENT ON COLUMN core.kill_alliances.kill_time IS 'The killmail''s';
COMMENT ON COLUMN core.kill_alliances.total_value IS 'The killmail''s';
COMMENT ON COLUMN core.kill_alliances.damage_done IS 'Hit points by those who are no NPCs';
COMMENT ON COLUMN core.kill_alliances.damage_taken IS 'Hit points that the victim took; null for an attacker';
COMMENT ON COLUMN core.kill_alliances.day IS 'UTC day of kill_time';
COMMENT ON COLUMN core.kill_alliances.system_id IS 'The killmail''s';
COMMENT ON COLUMN core.kill_alliances.points IS 'The killmail''s';
COMMENT ON COLUMN core.kill_alliances.victim_ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN core.kill_alliances.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';
COMMENT ON COLUMN core.kill_alliances.attacker_count IS 'The killmail''s: rows in kill_attackers';
COMMENT ON COLUMN core.kill_alliances.players IS
'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';
COMMENT ON COLUMN core.kill_alliances.pilots IS 'Different characters of it that attacked, NPCs not counted';
COMMENT ON COLUMN core.kill_alliances.hour IS 'UTC hour of kill_time, 0 to 23';
COMMENT ON COLUMN core.kill_alliances.also_attacked IS 'Whether the victim stands among the attackers, too';
COMMENT ON COLUMN core.kill_alliances.final_blow IS 'Whether it struck the final blow';
COMMENT ON COLUMN core.kill_alliances.solo IS 'The killmail''s';

CREATE TABLE core.kill_systems (
    killmail_id bigint PRIMARY KEY,
    system_id bigint NOT NULL,
    kill_time timestamptz NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint NOT NULL,
    day date GENERATED ALWAYS AS ((kill_time AT TIME ZONE 'UTC')::date) STORED NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    players smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour', kill_time AT TIME ZONE 'UTC')) STORED NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean
) PARTITION BY RANGE (killmail_id);
CREATE INDEX kill_systems_day ON core.kill_systems (system_id, day, killmail_id) INCLUDE (
    total_value, damage_done, damage_taken, points, victim_ship_type_id, players, hour, final_blow, solo
);
COMMENT ON TABLE core.kill_systems IS
'One row per killmail: its solar system as one of those who were on it, with the facts that sums of places need';
COMMENT ON COLUMN core.kill_systems.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_systems.system_id IS 'Solar system, see reference.solar_systems; as wide as the other ids of entities';
COMMENT ON COLUMN core.kill_systems.kill_time IS 'The killmail''s';
COMMENT ON COLUMN core.kill_systems.total_value IS 'The killmail''s';
COMMENT ON COLUMN core.kill_systems.damage_done IS 'Hit points by those who are no NPCs';
COMMENT ON COLUMN core.kill_systems.damage_taken IS 'Hit points that the victim took';
COMMENT ON COLUMN core.kill_systems.day IS 'UTC day of kill_time';
COMMENT ON COLUMN core.kill_systems.points IS 'The killmail''s';
COMMENT ON COLUMN core.kill_systems.victim_ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN core.kill_systems.players IS
'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';
COMMENT ON COLUMN core.kill_systems.hour IS 'UTC hour of kill_time, 0 to 23';
COMMENT ON COLUMN core.kill_systems.final_blow IS 'Whether somebody who is no NPC struck the final blow';
COMMENT ON COLUMN core.kill_systems.solo IS 'The killmail''s';

-- the sums of a day of everybody: ids and rows follow time, so that ranges of pages are enough
CREATE INDEX kill_characters_days ON core.kill_characters USING brin (day) WITH (pages_per_range = 2);
CREATE INDEX kill_corporations_days ON core.kill_corporations USING brin (day) WITH (pages_per_range = 2);
CREATE INDEX kill_alliances_days ON core.kill_alliances USING brin (day) WITH (pages_per_range = 2);
CREATE INDEX kill_systems_days ON core.kill_systems USING brin (day) WITH (pages_per_range = 2);

CREATE VIEW core.losses_fact AS
SELECT
    kills.killmail_id,
    victims.character_id,
    kills.kill_time,
    kills.system_id,
    victims.corporation_id,
    victims.alliance_id,
    victims.victim_ship_type_id AS ship_type_id,
    victims.damage_taken,
    kills.total_value,
    kills.points,
    kills.attacker_count,
    kills.labels
FROM core.kills_fact AS kills
INNER JOIN core.kill_characters AS victims USING (killmail_id)
WHERE victims.role = 'victim' AND NOT core.is_npc(victims.character_id, victims.corporation_id);
COMMENT ON VIEW core.losses_fact IS 'One row per loss of a player character';
COMMENT ON COLUMN core.losses_fact.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.losses_fact.character_id IS 'Who lost the ship';
COMMENT ON COLUMN core.losses_fact.kill_time IS 'When';
COMMENT ON COLUMN core.losses_fact.system_id IS 'Solar system';
COMMENT ON COLUMN core.losses_fact.corporation_id IS 'The victim''s corporation at that time';
COMMENT ON COLUMN core.losses_fact.alliance_id IS 'The victim''s alliance at that time';
COMMENT ON COLUMN core.losses_fact.ship_type_id IS 'Type of what was lost';
COMMENT ON COLUMN core.losses_fact.damage_taken IS 'Hit points';
COMMENT ON COLUMN core.losses_fact.total_value IS 'ISK, rounded half up';
COMMENT ON COLUMN core.losses_fact.points IS 'Points as zKillboard counts them';
COMMENT ON COLUMN core.losses_fact.attacker_count IS 'How many attacked';
COMMENT ON COLUMN core.losses_fact.labels IS 'zKillboard''s labels';
