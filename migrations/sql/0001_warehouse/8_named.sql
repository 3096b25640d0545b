-- Killmails as people read them: with the names of places, people and things that are known. What every reader selects from: API,
-- pages, digest, docs. Names are joined by their keys, so whoever does not ask for one does not pay for it, and a condition on killmails or
-- their victims reaches the index of its table. The victim is joined like a name: every killmail has one.

CREATE VIEW core.killmails_named AS
SELECT
    kills.killmail_id,
    kills.killmail_hash,
    kills.kill_time,
    kills.system_id,
    systems.name AS system_name,
    systems.region_id,
    systems.region_name,
    kills.total_value,
    kills.value_source,
    kills.fitted_value,
    kills.dropped_value,
    kills.destroyed_value,
    kills.points,
    kills.points_source,
    kills.priced_value,
    kills.rule_points,
    kills.position_x,
    kills.position_y,
    kills.position_z,
    kills.attacker_count,
    kills.item_count,
    kills.war_id,
    kills.moon_id,
    kills.location_id,
    kills.npc,
    kills.solo,
    kills.awox,
    kills.labels,
    kills.source,
    kills.promoted_at,
    victims.character_id AS victim_character_id,
    characters.name AS victim_character_name,
    victims.corporation_id AS victim_corporation_id,
    corporations.name AS victim_corporation_name,
    victims.alliance_id AS victim_alliance_id,
    alliances.name AS victim_alliance_name,
    victims.faction_id AS victim_faction_id,
    victims.ship_type_id AS victim_ship_type_id,
    types.name AS victim_ship_name,
    victims.damage_taken AS victim_damage_taken
FROM core.kills_fact AS kills
LEFT JOIN core.kill_victims AS victims ON kills.killmail_id = victims.killmail_id
LEFT JOIN reference.solar_systems AS systems ON kills.system_id = systems.system_id
LEFT JOIN core.characters ON victims.character_id = characters.eve_id
LEFT JOIN core.corporations ON victims.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON victims.alliance_id = alliances.eve_id
LEFT JOIN reference.types ON victims.ship_type_id = types.type_id;
COMMENT ON VIEW core.killmails_named IS 'One row per killmail with its victim, its place and their names';
COMMENT ON COLUMN core.killmails_named.killmail_id IS 'EVE''s id of the killmail';
COMMENT ON COLUMN core.killmails_named.killmail_hash IS 'CCP''s hash';
COMMENT ON COLUMN core.killmails_named.kill_time IS 'When the victim was destroyed';
COMMENT ON COLUMN core.killmails_named.system_id IS 'Solar system';
COMMENT ON COLUMN core.killmails_named.system_name IS 'Its name; null until static data is there';
COMMENT ON COLUMN core.killmails_named.region_id IS 'Its region';
COMMENT ON COLUMN core.killmails_named.region_name IS 'The region''s name';
COMMENT ON COLUMN core.killmails_named.total_value IS 'ISK, rounded half up; null where nobody has valued it yet';
COMMENT ON COLUMN core.killmails_named.value_source IS 'zkb (given), prices (worked out), null (unvalued)';
COMMENT ON COLUMN core.killmails_named.fitted_value IS 'ISK of the hull and of what was fitted, dropped or destroyed; zKillboard''s alone';
COMMENT ON COLUMN core.killmails_named.dropped_value IS 'ISK dropped';
COMMENT ON COLUMN core.killmails_named.destroyed_value IS 'ISK destroyed, hull included';
COMMENT ON COLUMN core.killmails_named.points IS 'Points as zKillboard counts them';
COMMENT ON COLUMN core.killmails_named.points_source IS 'zkb (given) or rule (worked out)';
COMMENT ON COLUMN core.killmails_named.priced_value IS 'ISK at the prices of its day, also where zKillboard has a value';
COMMENT ON COLUMN core.killmails_named.rule_points IS 'Points by our rule, also where zKillboard gave some';
COMMENT ON COLUMN core.killmails_named.position_x IS 'Metres from the system''s sun; null before 2015-11-03';
COMMENT ON COLUMN core.killmails_named.position_y IS 'Metres from the system''s sun; null before 2015-11-03';
COMMENT ON COLUMN core.killmails_named.position_z IS 'Metres from the system''s sun; null before 2015-11-03';
COMMENT ON COLUMN core.killmails_named.attacker_count IS 'How many attacked';
COMMENT ON COLUMN core.killmails_named.item_count IS 'Stacks of items, nested ones included';
COMMENT ON COLUMN core.killmails_named.war_id IS 'War that this kill belongs to';
COMMENT ON COLUMN core.killmails_named.moon_id IS 'Moon next to which it happened';
COMMENT ON COLUMN core.killmails_named.location_id IS 'Nearest celestial';
COMMENT ON COLUMN core.killmails_named.npc IS 'All attackers are NPCs, see kills_fact';
COMMENT ON COLUMN core.killmails_named.solo IS 'One player attacked at most, see kills_fact';
COMMENT ON COLUMN core.killmails_named.awox IS 'The final blow was by the victim''s own player corporation';
COMMENT ON COLUMN core.killmails_named.labels IS 'zKillboard''s labels';
COMMENT ON COLUMN core.killmails_named.source IS 'Source that its body or ref came from';
COMMENT ON COLUMN core.killmails_named.promoted_at IS 'When it was promoted, or replaced by another body';
COMMENT ON COLUMN core.killmails_named.victim_character_id IS 'Who lost it; null for what nobody flew';
COMMENT ON COLUMN core.killmails_named.victim_character_name IS 'Name of the pilot; null until resolved';
COMMENT ON COLUMN core.killmails_named.victim_corporation_id IS 'The victim''s corporation at that time';
COMMENT ON COLUMN core.killmails_named.victim_corporation_name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.killmails_named.victim_alliance_id IS 'The victim''s alliance at that time';
COMMENT ON COLUMN core.killmails_named.victim_alliance_name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.killmails_named.victim_faction_id IS 'The victim''s faction, in factional warfare or of an NPC';
COMMENT ON COLUMN core.killmails_named.victim_ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN core.killmails_named.victim_ship_name IS 'Its name; null until static data is there';
COMMENT ON COLUMN core.killmails_named.victim_damage_taken IS 'Hit points';

CREATE VIEW core.attackers_named AS
SELECT
    attackers.killmail_id,
    attackers.attacker_index,
    attackers.character_id,
    characters.name AS character_name,
    attackers.corporation_id,
    corporations.name AS corporation_name,
    attackers.alliance_id,
    alliances.name AS alliance_name,
    attackers.faction_id,
    attackers.ship_type_id,
    ships.name AS ship_name,
    attackers.weapon_type_id,
    weapons.name AS weapon_name,
    attackers.damage_done,
    attackers.final_blow,
    attackers.security_status
FROM core.kill_attackers AS attackers
LEFT JOIN core.characters ON attackers.character_id = characters.eve_id
LEFT JOIN core.corporations ON attackers.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON attackers.alliance_id = alliances.eve_id
LEFT JOIN reference.types AS ships ON attackers.ship_type_id = ships.type_id
LEFT JOIN reference.types AS weapons ON attackers.weapon_type_id = weapons.type_id;
COMMENT ON VIEW core.attackers_named IS 'One row per attacker of a killmail, with names';
COMMENT ON COLUMN core.attackers_named.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.attackers_named.attacker_index IS 'Position in ESI''s array, from 0';
COMMENT ON COLUMN core.attackers_named.character_id IS 'Pilot; null for most NPCs, structures, deployables and drones';
COMMENT ON COLUMN core.attackers_named.character_name IS 'Name of the pilot; null until resolved';
COMMENT ON COLUMN core.attackers_named.corporation_id IS 'Corporation at that time';
COMMENT ON COLUMN core.attackers_named.corporation_name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.attackers_named.alliance_id IS 'Alliance at that time';
COMMENT ON COLUMN core.attackers_named.alliance_name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.attackers_named.faction_id IS 'Faction, in factional warfare or of an NPC';
COMMENT ON COLUMN core.attackers_named.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';
COMMENT ON COLUMN core.attackers_named.ship_name IS 'Its name; null until static data is there';
COMMENT ON COLUMN core.attackers_named.weapon_type_id IS 'Type of the weapon as ESI has it, often the attacker''s own ship';
COMMENT ON COLUMN core.attackers_named.weapon_name IS 'Its name; null until static data is there';
COMMENT ON COLUMN core.attackers_named.damage_done IS 'Hit points';
COMMENT ON COLUMN core.attackers_named.final_blow IS 'Whether this attacker struck the final blow';
COMMENT ON COLUMN core.attackers_named.security_status IS 'Pilot''s security status, -10 to 10';

CREATE VIEW core.items_named AS
SELECT
    items.killmail_id,
    items.item_index,
    items.parent_index,
    items.type_id,
    types.name AS type_name,
    items.flag,
    items.singleton,
    items.quantity_dropped,
    items.quantity_destroyed,
    items.unit_price
FROM core.kill_items AS items
LEFT JOIN reference.types ON items.type_id = types.type_id;
COMMENT ON VIEW core.items_named IS 'One row per stack of items in the victim''s ship, with names';
COMMENT ON COLUMN core.items_named.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.items_named.item_index IS 'Number of the item, depth first from 0';
COMMENT ON COLUMN core.items_named.parent_index IS 'item_index of the container it lay in; null directly on the ship';
COMMENT ON COLUMN core.items_named.type_id IS 'Type of the item';
COMMENT ON COLUMN core.items_named.type_name IS 'Its name; null until static data is there';
COMMENT ON COLUMN core.items_named.flag IS 'Slot or bay';
COMMENT ON COLUMN core.items_named.singleton IS '2 is a blueprint copy';
COMMENT ON COLUMN core.items_named.quantity_dropped IS 'How many dropped';
COMMENT ON COLUMN core.items_named.quantity_destroyed IS 'How many were destroyed';
COMMENT ON COLUMN core.items_named.unit_price IS 'ISK for one on the day of the kill; null where no price is known yet';

-- Each kind is a branch of its own with its name as a constant, so that a condition on (entity_kind, entity_id) reads one row of one table.
CREATE VIEW core.entities_named AS
SELECT
    'character' AS entity_kind,
    entities.eve_id AS entity_id,
    entities.name,
    entities.corporation_id,
    corporations.name AS corporation_name,
    entities.alliance_id,
    alliances.name AS alliance_name,
    NULL::text AS constellation_name,
    NULL::integer AS region_id,
    NULL::text AS region_name,
    NULL::double precision AS security,
    entities.first_seen,
    entities.last_seen
FROM core.characters AS entities
LEFT JOIN core.corporations ON entities.corporation_id = corporations.eve_id
LEFT JOIN core.alliances ON entities.alliance_id = alliances.eve_id
UNION ALL
SELECT
    'corporation' AS entity_kind,
    entities.eve_id AS entity_id,
    entities.name,
    NULL::bigint AS corporation_id,
    NULL::text AS corporation_name,
    entities.alliance_id,
    alliances.name AS alliance_name,
    NULL::text AS constellation_name,
    NULL::integer AS region_id,
    NULL::text AS region_name,
    NULL::double precision AS security,
    entities.first_seen,
    entities.last_seen
FROM core.corporations AS entities
LEFT JOIN core.alliances ON entities.alliance_id = alliances.eve_id
UNION ALL
SELECT
    'alliance' AS entity_kind,
    eve_id AS entity_id,
    name,
    NULL::bigint AS corporation_id,
    NULL::text AS corporation_name,
    NULL::bigint AS alliance_id,
    NULL::text AS alliance_name,
    NULL::text AS constellation_name,
    NULL::integer AS region_id,
    NULL::text AS region_name,
    NULL::double precision AS security,
    first_seen,
    last_seen
FROM core.alliances
UNION ALL
SELECT
    'system' AS entity_kind,
    system_id::bigint AS entity_id,
    name,
    NULL::bigint AS corporation_id,
    NULL::text AS corporation_name,
    NULL::bigint AS alliance_id,
    NULL::text AS alliance_name,
    constellation_name,
    region_id,
    region_name,
    security,
    NULL::timestamptz AS first_seen,
    NULL::timestamptz AS last_seen
FROM reference.solar_systems;
COMMENT ON VIEW core.entities_named IS
'One row per character, corporation, alliance and solar system, with the names of what it belongs to now';
COMMENT ON COLUMN core.entities_named.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN core.entities_named.entity_id IS 'EVE''s id';
COMMENT ON COLUMN core.entities_named.name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.entities_named.corporation_id IS 'Corporation of a character';
COMMENT ON COLUMN core.entities_named.corporation_name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.entities_named.alliance_id IS 'Alliance of a character or corporation';
COMMENT ON COLUMN core.entities_named.alliance_name IS 'Its name; null until resolved';
COMMENT ON COLUMN core.entities_named.constellation_name IS 'Constellation of a system';
COMMENT ON COLUMN core.entities_named.region_id IS 'Region of a system';
COMMENT ON COLUMN core.entities_named.region_name IS 'The region''s name';
COMMENT ON COLUMN core.entities_named.security IS 'Security status of a system';
COMMENT ON COLUMN core.entities_named.first_seen IS 'Time of the first killmail with it; null for systems';
COMMENT ON COLUMN core.entities_named.last_seen IS 'Time of the latest killmail with it; null for systems';
