-- core: the warehouse that readers query. Written by promotion alone, a whole batch in one transaction.

CREATE SCHEMA core;
COMMENT ON SCHEMA core IS 'The warehouse: validated killmails and those who took part';

-- The one definition of an NPC in SQL, put into a query's text by the planner; its twin is killmart.model.npc.
CREATE FUNCTION core.is_npc(character_id bigint, corporation_id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce($1 <= 3999999, TRUE) AND coalesce($2 <= 1999999, TRUE)
$$;
COMMENT ON FUNCTION core.is_npc IS
'Whether somebody with these ids (null: has none) is an NPC by zKillboard''s rule: neither a player''s character nor of a player '
'corporation; of one id alone, ask with null for the other';

-- A figure that is given (zkb_…) and one that is worked out (priced_…, rule_…) have a column each, and each writer writes its
-- own. What readers use is generated of both, and the rule stands here alone: zKillboard's wins, and the values of a killmail
-- are all of the one or all of the other. They are VIRTUAL, worked out when read (docs/adr/0010-generated-columns.md).
-- Columns go by width, the widest first: nothing is lost to alignment.
CREATE TABLE core.kills_fact (
    killmail_id bigint PRIMARY KEY,
    kill_time timestamptz NOT NULL,
    promoted_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    position_x double precision,
    position_y double precision,
    position_z double precision,
    war_id bigint,
    moon_id bigint,
    location_id bigint,
    zkb_total_value bigint,
    priced_value bigint,
    system_id integer NOT NULL,
    attacker_count integer NOT NULL,
    item_count integer NOT NULL,
    zkb_points integer,
    rule_points integer,
    zkb_npc boolean,
    zkb_solo boolean,
    zkb_awox boolean,
    rule_npc boolean,
    rule_solo boolean,
    rule_awox boolean,
    killmail_hash text NOT NULL,
    source text NOT NULL,
    items jsonb NOT NULL,
    zkb_fitted_value numeric(20, 2),
    zkb_dropped_value numeric(20, 2),
    zkb_destroyed_value numeric(20, 2),
    priced_dropped_value numeric(20, 2),
    priced_destroyed_value numeric(20, 2),
    labels text[],
    total_value bigint GENERATED ALWAYS AS (coalesce(zkb_total_value, priced_value)) VIRTUAL,
    value_source text GENERATED ALWAYS AS (
        CASE WHEN zkb_total_value IS NOT NULL THEN 'zkb' WHEN priced_value IS NOT NULL THEN 'prices' END
    ) VIRTUAL,
    fitted_value numeric(20, 2) GENERATED ALWAYS AS (
        CASE WHEN zkb_total_value IS NOT NULL OR priced_value IS NULL THEN zkb_fitted_value END
    ) VIRTUAL,
    dropped_value numeric(20, 2) GENERATED ALWAYS AS (
        CASE WHEN zkb_total_value IS NOT NULL OR priced_value IS NULL THEN zkb_dropped_value ELSE priced_dropped_value END
    ) VIRTUAL,
    destroyed_value numeric(20, 2) GENERATED ALWAYS AS (
        CASE WHEN zkb_total_value IS NOT NULL OR priced_value IS NULL THEN zkb_destroyed_value ELSE priced_destroyed_value END
    ) VIRTUAL,
    points integer GENERATED ALWAYS AS (coalesce(zkb_points, rule_points)) VIRTUAL,
    points_source text GENERATED ALWAYS AS (
        CASE WHEN zkb_points IS NOT NULL THEN 'zkb' WHEN rule_points IS NOT NULL THEN 'rule' END
    ) VIRTUAL,
    npc boolean GENERATED ALWAYS AS (coalesce(zkb_npc, rule_npc)) VIRTUAL,
    solo boolean GENERATED ALWAYS AS (coalesce(zkb_solo, rule_solo)) VIRTUAL,
    awox boolean GENERATED ALWAYS AS (coalesce(zkb_awox, rule_awox)) VIRTUAL
) PARTITION BY RANGE (killmail_id);
CREATE INDEX kills_fact_kill_time ON core.kills_fact (kill_time);
CREATE INDEX kills_fact_changed_at ON core.kills_fact (changed_at, killmail_id);
CREATE INDEX kills_fact_unvalued ON core.kills_fact (kill_time) WHERE priced_value IS NULL OR rule_points IS NULL;
COMMENT ON TABLE core.kills_fact IS 'One row per killmail';
COMMENT ON COLUMN core.kills_fact.killmail_id IS 'EVE''s id of the killmail';
COMMENT ON COLUMN core.kills_fact.kill_time IS 'When the victim was destroyed';
COMMENT ON COLUMN core.kills_fact.promoted_at IS 'When it was promoted, or replaced by another body';
COMMENT ON COLUMN core.kills_fact.changed_at IS
'When anything of it last changed: body, values, points, flags, prices of items. Rises from one promotion or revaluation to the next';
COMMENT ON COLUMN core.kills_fact.position_x IS 'Metres from the system''s sun; null before 2015-11-03';
COMMENT ON COLUMN core.kills_fact.position_y IS 'Metres from the system''s sun; null before 2015-11-03';
COMMENT ON COLUMN core.kills_fact.position_z IS 'Metres from the system''s sun; null before 2015-11-03';
COMMENT ON COLUMN core.kills_fact.war_id IS 'War that this kill belongs to';
COMMENT ON COLUMN core.kills_fact.moon_id IS 'Moon next to which it happened';
COMMENT ON COLUMN core.kills_fact.location_id IS 'Nearest celestial, from the zkb block';
COMMENT ON COLUMN core.kills_fact.zkb_total_value IS 'ISK by zKillboard, rounded half up; null where it gave none';
COMMENT ON COLUMN core.kills_fact.priced_value IS 'ISK at the prices of its day, ours also where zKillboard has one; null: hull unpriced';
COMMENT ON COLUMN core.kills_fact.system_id IS 'Solar system, see reference.solar_systems';
COMMENT ON COLUMN core.kills_fact.attacker_count IS 'Rows in kill_attackers';
COMMENT ON COLUMN core.kills_fact.item_count IS 'Rows in kill_items, nested ones included';
COMMENT ON COLUMN core.kills_fact.zkb_points IS 'Points by zKillboard; null where it gave none';
COMMENT ON COLUMN core.kills_fact.rule_points IS 'Points by our rule, also where zKillboard gave some; null until static data is there';
COMMENT ON COLUMN core.kills_fact.zkb_npc IS 'npc by zKillboard; null where it did not say';
COMMENT ON COLUMN core.kills_fact.zkb_solo IS 'solo by zKillboard; null where it did not say';
COMMENT ON COLUMN core.kills_fact.zkb_awox IS 'awox by zKillboard; null where it did not say';
COMMENT ON COLUMN core.kills_fact.rule_npc IS 'npc by our rule; npc has it where zKillboard gave none';
COMMENT ON COLUMN core.kills_fact.rule_solo IS 'solo by our rule; solo has it where zKillboard gave none';
COMMENT ON COLUMN core.kills_fact.rule_awox IS 'awox by our rule; awox has it where zKillboard gave none';
COMMENT ON COLUMN core.kills_fact.killmail_hash IS 'CCP''s hash: SHA-1 of victim, final blow, ship and time, or the text CCP VERIFIED';
COMMENT ON COLUMN core.kills_fact.source IS 'Source that its body or ref came from';
COMMENT ON COLUMN core.kills_fact.items IS 'The victim''s items as ESI gave them; rows in kill_items';
COMMENT ON COLUMN core.kills_fact.zkb_fitted_value IS 'ISK by zKillboard of the hull and of what was fitted; null where it gave none';
COMMENT ON COLUMN core.kills_fact.zkb_dropped_value IS 'ISK by zKillboard of what dropped; null where it gave none';
COMMENT ON COLUMN core.kills_fact.zkb_destroyed_value IS
'ISK by zKillboard of what was destroyed, hull included; null where it gave none';
COMMENT ON COLUMN core.kills_fact.priced_dropped_value IS 'ISK at the prices of its day of what dropped; null where priced_value is';
COMMENT ON COLUMN core.kills_fact.priced_destroyed_value IS
'ISK at the prices of its day of what was destroyed, hull included; null where priced_value is';
COMMENT ON COLUMN core.kills_fact.labels IS 'zKillboard''s labels';
COMMENT ON COLUMN core.kills_fact.total_value IS 'ISK, rounded half up: zKillboard''s, else ours; null where nobody has valued it yet';
COMMENT ON COLUMN core.kills_fact.value_source IS 'zkb (given), prices (worked out), null (unvalued)';
COMMENT ON COLUMN core.kills_fact.fitted_value IS
'ISK of the hull and of what was fitted, dropped or destroyed; zKillboard''s alone, '
'null where it gave none';
COMMENT ON COLUMN core.kills_fact.dropped_value IS 'ISK dropped';
COMMENT ON COLUMN core.kills_fact.destroyed_value IS 'ISK destroyed, hull included';
COMMENT ON COLUMN core.kills_fact.points IS 'Points as zKillboard counts them: given by it, else worked out by our rule';
COMMENT ON COLUMN core.kills_fact.points_source IS 'zkb (given) or rule (worked out)';
COMMENT ON COLUMN core.kills_fact.npc IS
'All attackers are NPCs (core.is_npc), or the victim is a structure of an NPC corporation, '
'which players may have killed';
COMMENT ON COLUMN core.kills_fact.solo IS
'One player''s character attacked at most (beside NPCs; now and then none, but drones or deployables), no structure did, and what was '
'lost is a ship, but no capsule, shuttle or rookie ship';
COMMENT ON COLUMN core.kills_fact.awox IS 'The final blow was by the victim''s own player corporation';

CREATE TABLE core.kill_victims (
    killmail_id bigint PRIMARY KEY,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    ship_type_id integer NOT NULL,
    damage_taken bigint NOT NULL
) PARTITION BY RANGE (killmail_id);
COMMENT ON TABLE core.kill_victims IS 'One row per killmail: who lost what';
COMMENT ON COLUMN core.kill_victims.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_victims.character_id IS
'Pilot; null for what nobody flew: structures, deployables, drones, and ships without a pilot';
COMMENT ON COLUMN core.kill_victims.corporation_id IS 'Corporation at that time';
COMMENT ON COLUMN core.kill_victims.alliance_id IS 'Alliance at that time';
COMMENT ON COLUMN core.kill_victims.faction_id IS 'Faction, in factional warfare or of an NPC';
COMMENT ON COLUMN core.kill_victims.ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN core.kill_victims.damage_taken IS 'Hit points';

CREATE TABLE core.kill_attackers (
    killmail_id bigint NOT NULL,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    damage_done bigint NOT NULL,
    security_status double precision NOT NULL,
    ship_type_id integer,
    weapon_type_id integer,
    attacker_index smallint NOT NULL,
    final_blow boolean NOT NULL,
    PRIMARY KEY (killmail_id, attacker_index)
) PARTITION BY RANGE (killmail_id);
COMMENT ON TABLE core.kill_attackers IS 'One row per attacker of a killmail, players and NPCs';
COMMENT ON COLUMN core.kill_attackers.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_attackers.character_id IS
'Pilot; null for most NPCs (some have characters), structures, deployables and drones';
COMMENT ON COLUMN core.kill_attackers.corporation_id IS 'Corporation at that time';
COMMENT ON COLUMN core.kill_attackers.alliance_id IS 'Alliance at that time';
COMMENT ON COLUMN core.kill_attackers.faction_id IS 'Faction, in factional warfare or of an NPC';
COMMENT ON COLUMN core.kill_attackers.damage_done IS 'Hit points';
COMMENT ON COLUMN core.kill_attackers.security_status IS 'Pilot''s security status, -10 to 10';
COMMENT ON COLUMN core.kill_attackers.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';
COMMENT ON COLUMN core.kill_attackers.weapon_type_id IS
'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';
COMMENT ON COLUMN core.kill_attackers.attacker_index IS 'Position in ESI''s array, from 0';
COMMENT ON COLUMN core.kill_attackers.final_blow IS 'Whether this attacker struck the final blow';

CREATE TABLE core.kill_items (
    killmail_id bigint NOT NULL,
    quantity_dropped bigint NOT NULL,
    quantity_destroyed bigint NOT NULL,
    type_id integer NOT NULL,
    item_index smallint NOT NULL,
    parent_index smallint,
    flag smallint NOT NULL,
    singleton smallint NOT NULL,
    unit_price numeric(20, 2),
    PRIMARY KEY (killmail_id, item_index)
) PARTITION BY RANGE (killmail_id);
COMMENT ON TABLE core.kill_items IS 'One row per stack of items in the victim''s ship';
COMMENT ON COLUMN core.kill_items.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.kill_items.quantity_dropped IS 'How many dropped';
COMMENT ON COLUMN core.kill_items.quantity_destroyed IS 'How many were destroyed';
COMMENT ON COLUMN core.kill_items.type_id IS 'Type of the item';
COMMENT ON COLUMN core.kill_items.item_index IS 'Number of the item, depth first from 0';
COMMENT ON COLUMN core.kill_items.parent_index IS 'item_index of the container it lay in; null directly on the ship';
COMMENT ON COLUMN core.kill_items.flag IS 'Slot or bay';
COMMENT ON COLUMN core.kill_items.singleton IS '2 is a blueprint copy';
COMMENT ON COLUMN core.kill_items.unit_price IS 'ISK for one on the day of the kill; null where no price is known yet';

CREATE TABLE core.characters (
    eve_id bigint PRIMARY KEY,
    name text,
    corporation_id bigint,
    alliance_id bigint,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    affiliation_at timestamptz,
    name_at timestamptz,
    name_refusals integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE core.characters IS 'Pilots seen on killmails';
COMMENT ON COLUMN core.characters.eve_id IS 'EVE''s id';
COMMENT ON COLUMN core.characters.name IS 'Name by ESI; null until resolved';
COMMENT ON COLUMN core.characters.corporation_id IS 'Corporation on the latest kill, or by ESI''s affiliation where that is newer';
COMMENT ON COLUMN core.characters.alliance_id IS 'Alliance on the latest kill, or by ESI''s affiliation where that is newer';
COMMENT ON COLUMN core.characters.first_seen IS 'Time of the earliest kill';
COMMENT ON COLUMN core.characters.last_seen IS 'Time of the latest kill';
COMMENT ON COLUMN core.characters.affiliation_at IS 'When ESI last gave the affiliation; null if never asked';
COMMENT ON COLUMN core.characters.name_at IS 'When ESI last gave the name, or said that there is none; null if never asked';
COMMENT ON COLUMN core.characters.name_refusals IS 'How often in a row ESI has refused the id; it is asked again ever later';

CREATE TABLE core.corporations (
    eve_id bigint PRIMARY KEY,
    name text,
    alliance_id bigint,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    affiliation_at timestamptz,
    name_at timestamptz,
    name_refusals integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE core.corporations IS 'Corporations seen on killmails';
COMMENT ON COLUMN core.corporations.eve_id IS 'EVE''s id';
COMMENT ON COLUMN core.corporations.name IS 'Name by ESI; null until resolved';
COMMENT ON COLUMN core.corporations.alliance_id IS 'Alliance on the latest kill, or by ESI''s affiliation where that is newer';
COMMENT ON COLUMN core.corporations.first_seen IS 'Time of the earliest kill';
COMMENT ON COLUMN core.corporations.last_seen IS 'Time of the latest kill';
COMMENT ON COLUMN core.corporations.affiliation_at IS 'When ESI last gave the affiliation of a member; null if never';
COMMENT ON COLUMN core.corporations.name_at IS 'When ESI last gave the name, or said that there is none; null if never asked';
COMMENT ON COLUMN core.corporations.name_refusals IS 'How often in a row ESI has refused the id; it is asked again ever later';

CREATE TABLE core.alliances (
    eve_id bigint PRIMARY KEY,
    name text,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    name_at timestamptz,
    name_refusals integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE core.alliances IS 'Alliances seen on killmails';
COMMENT ON COLUMN core.alliances.eve_id IS 'EVE''s id';
COMMENT ON COLUMN core.alliances.name IS 'Name by ESI; null until resolved';
COMMENT ON COLUMN core.alliances.first_seen IS 'Time of the earliest kill';
COMMENT ON COLUMN core.alliances.last_seen IS 'Time of the latest kill';
COMMENT ON COLUMN core.alliances.name_at IS 'When ESI last gave the name, or said that there is none; null if never asked';
COMMENT ON COLUMN core.alliances.name_refusals IS 'How often in a row ESI has refused the id; it is asked again ever later';

CREATE VIEW core.kill_days AS
WITH RECURSIVE days AS (
    (
        SELECT cast(kill_time AT TIME ZONE 'UTC' AS date) AS day
        FROM core.kills_fact
        ORDER BY kill_time DESC
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT cast(kills.kill_time AT TIME ZONE 'UTC' AS date)
        FROM core.kills_fact AS kills
        WHERE kills.kill_time < cast(days.day AS timestamp) AT TIME ZONE 'UTC'
        ORDER BY kills.kill_time DESC
        LIMIT 1
    )
    FROM days
    WHERE days.day IS NOT NULL
)

SELECT day FROM days
WHERE day IS NOT NULL;
COMMENT ON VIEW core.kill_days IS
'UTC days on which core has killmails; reads one killmail a day, along the index of kill times. Grain: one row per day';
COMMENT ON COLUMN core.kill_days.day IS 'UTC day';
