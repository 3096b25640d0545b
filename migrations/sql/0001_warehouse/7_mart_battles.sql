-- mart, continued: fights, and who stood on which side. Made by transform/battles.py, where the rule is written down.

CREATE TABLE mart.battles (
    battle_id bigint PRIMARY KEY,
    system_id integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL CHECK (ended_at >= started_at),
    kills integer NOT NULL,
    pilots integer NOT NULL,
    sides smallint NOT NULL,
    valued integer NOT NULL,
    isk numeric NOT NULL
);
CREATE INDEX battles_started_at ON mart.battles (started_at);
CREATE INDEX battles_system_id ON mart.battles (system_id, started_at);
COMMENT ON TABLE mart.battles IS
'Fights: killmails of one system close in time that share those who took part; the rule is in transform/battles.py';
COMMENT ON COLUMN mart.battles.battle_id IS 'Id of its first killmail';
COMMENT ON COLUMN mart.battles.system_id IS 'Solar system';
COMMENT ON COLUMN mart.battles.started_at IS 'Time of its first killmail';
COMMENT ON COLUMN mart.battles.ended_at IS 'Time of its last killmail';
COMMENT ON COLUMN mart.battles.kills IS 'Killmails, see battle_kills';
COMMENT ON COLUMN mart.battles.pilots IS 'Players'' characters on its killmails';
COMMENT ON COLUMN mart.battles.sides IS 'Rows in battle_sides';
COMMENT ON COLUMN mart.battles.valued IS 'Killmails that have a value';
COMMENT ON COLUMN mart.battles.isk IS 'ISK lost by all sides, of the killmails that have a value';

CREATE TABLE mart.battle_sides (
    battle_id bigint NOT NULL REFERENCES mart.battles ON DELETE CASCADE,
    side smallint NOT NULL,
    pilots integer NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    kills_valued integer NOT NULL,
    losses_valued integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    alliances bigint[] NOT NULL,
    corporations bigint[] NOT NULL,
    PRIMARY KEY (battle_id, side)
);
CREATE INDEX battle_sides_alliances ON mart.battle_sides USING gin (alliances);
CREATE INDEX battle_sides_corporations ON mart.battle_sides USING gin (corporations);
COMMENT ON TABLE mart.battle_sides IS 'Who stood together in a battle, and what it cost them';
COMMENT ON COLUMN mart.battle_sides.battle_id IS 'The battle';
COMMENT ON COLUMN mart.battle_sides.side IS 'Number of the side, from 1, that with most pilots first';
COMMENT ON COLUMN mart.battle_sides.pilots IS 'Its players'' characters on the battle''s killmails';
COMMENT ON COLUMN mart.battle_sides.kills IS 'Killmails on which it attacked a victim of another side';
COMMENT ON COLUMN mart.battle_sides.losses IS 'Killmails of which it was the victim; those of all sides make up the battle''s';
COMMENT ON COLUMN mart.battle_sides.kills_valued IS 'Kills that have a value; isk_killed is of these';
COMMENT ON COLUMN mart.battle_sides.losses_valued IS 'Losses that have a value; isk_lost is of these';
COMMENT ON COLUMN mart.battle_sides.isk_killed IS 'ISK of its kills that have a value';
COMMENT ON COLUMN mart.battle_sides.isk_lost IS 'ISK of its losses that have a value';
COMMENT ON COLUMN mart.battle_sides.alliances IS 'Its alliances, by id';
COMMENT ON COLUMN mart.battle_sides.corporations IS 'Its corporations, those of its alliances included, by id';

CREATE TABLE mart.battle_kills (
    killmail_id bigint PRIMARY KEY,
    battle_id bigint NOT NULL REFERENCES mart.battles ON DELETE CASCADE,
    victim_side smallint NOT NULL
);
CREATE INDEX battle_kills_battle_id ON mart.battle_kills (battle_id);
COMMENT ON TABLE mart.battle_kills IS 'The killmails of each battle';
COMMENT ON COLUMN mart.battle_kills.killmail_id IS 'The killmail, see core.kills_fact';
COMMENT ON COLUMN mart.battle_kills.battle_id IS 'Its battle';
COMMENT ON COLUMN mart.battle_kills.victim_side IS 'Side in battle_sides that lost the ship';

-- As readers see them, with names: pages, API and digest select from these two.
CREATE VIEW mart.battles_named AS
SELECT
    battles.battle_id,
    battles.system_id,
    systems.name AS system_name,
    systems.region_name,
    battles.started_at,
    battles.ended_at,
    battles.kills,
    battles.pilots,
    battles.sides,
    battles.valued,
    mart.known_isk(battles.isk, battles.valued, battles.kills) AS isk
FROM mart.battles
LEFT JOIN reference.solar_systems AS systems ON battles.system_id = systems.system_id;
COMMENT ON VIEW mart.battles_named IS 'One row per battle, with the names of its place';
COMMENT ON COLUMN mart.battles_named.battle_id IS 'Id of its first killmail';
COMMENT ON COLUMN mart.battles_named.system_id IS 'Solar system';
COMMENT ON COLUMN mart.battles_named.system_name IS 'Its name; null until static data is there';
COMMENT ON COLUMN mart.battles_named.region_name IS 'The region''s name';
COMMENT ON COLUMN mart.battles_named.started_at IS 'Time of its first killmail';
COMMENT ON COLUMN mart.battles_named.ended_at IS 'Time of its last killmail';
COMMENT ON COLUMN mart.battles_named.kills IS 'Killmails, see battle_kills';
COMMENT ON COLUMN mart.battles_named.pilots IS 'Players'' characters on its killmails';
COMMENT ON COLUMN mart.battles_named.sides IS 'Rows in battle_sides';
COMMENT ON COLUMN mart.battles_named.valued IS 'Killmails that have a value';
COMMENT ON COLUMN mart.battles_named.isk IS 'ISK lost by all sides, of the killmails that have a value; null where none has one';

CREATE VIEW mart.battle_sides_named AS
SELECT
    sides.battle_id,
    sides.side,
    sides.pilots,
    sides.kills,
    sides.losses,
    sides.kills_valued,
    sides.losses_valued,
    mart.known_isk(sides.isk_killed, sides.kills_valued, sides.kills) AS isk_killed,
    mart.known_isk(sides.isk_lost, sides.losses_valued, sides.losses) AS isk_lost,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object('entity_id', listed.id, 'name', alliances.name) ORDER BY listed.place), '[]')
        FROM unnest(sides.alliances) WITH ORDINALITY AS listed (id, place)
        LEFT JOIN core.alliances ON listed.id = alliances.eve_id
    ) AS alliances,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object('entity_id', listed.id, 'name', corporations.name) ORDER BY listed.place), '[]')
        FROM unnest(sides.corporations) WITH ORDINALITY AS listed (id, place)
        LEFT JOIN core.corporations ON listed.id = corporations.eve_id
    ) AS corporations
FROM mart.battle_sides AS sides;
COMMENT ON VIEW mart.battle_sides_named IS 'One row per battle and side, with the names of those who stood there';
COMMENT ON COLUMN mart.battle_sides_named.battle_id IS 'The battle';
COMMENT ON COLUMN mart.battle_sides_named.side IS 'Number of the side, from 1, that with most pilots first';
COMMENT ON COLUMN mart.battle_sides_named.pilots IS 'Its players'' characters on the battle''s killmails';
COMMENT ON COLUMN mart.battle_sides_named.kills IS 'Killmails on which it attacked a victim of another side';
COMMENT ON COLUMN mart.battle_sides_named.losses IS 'Killmails of which it was the victim';
COMMENT ON COLUMN mart.battle_sides_named.kills_valued IS 'Kills that have a value; isk_killed is of these';
COMMENT ON COLUMN mart.battle_sides_named.losses_valued IS 'Losses that have a value; isk_lost is of these';
COMMENT ON COLUMN mart.battle_sides_named.isk_killed IS 'ISK of its kills; null where none has a value';
COMMENT ON COLUMN mart.battle_sides_named.isk_lost IS 'ISK of its losses; null where none has a value';
COMMENT ON COLUMN mart.battle_sides_named.alliances IS 'Its alliances by id, a list of {entity_id, name}';
COMMENT ON COLUMN mart.battle_sides_named.corporations IS 'Its corporations, those of its alliances included, as a list like alliances';
