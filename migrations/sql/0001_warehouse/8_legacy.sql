-- legacy: views in the shape of the older, Prisma-made model, for programs that still ask it; docs/migration.md has the queries.

CREATE SCHEMA legacy;
COMMENT ON SCHEMA legacy IS 'Views in the older model''s shape: camelCase columns, ids on victims and attackers, JSON';

CREATE VIEW legacy.kills_fact AS
SELECT
    kills.killmail_id AS "killmailId",
    kills.killmail_hash AS "killmailHash",
    kills.kill_time AS "killTime",
    kills.system_id AS "systemId",
    victims.ship_type_id AS "shipTypeId",
    kills.total_value AS "totalValue",
    kills.points,
    CASE
        WHEN kills.position_x IS NOT NULL
            THEN jsonb_build_object('x', kills.position_x, 'y', kills.position_y, 'z', kills.position_z)
    END AS position,
    kills.items,
    kills.attacker_count AS "attackerCount",
    kills.labels,
    kills.npc,
    kills.solo,
    kills.awox
FROM core.kills_fact AS kills
INNER JOIN core.kill_victims AS victims USING (killmail_id);
COMMENT ON VIEW legacy.kills_fact IS 'Killmails in the older model''s shape: position and items as JSON';
COMMENT ON COLUMN legacy.kills_fact."killmailId" IS 'The killmail';
COMMENT ON COLUMN legacy.kills_fact."killmailHash" IS 'CCP''s hash';
COMMENT ON COLUMN legacy.kills_fact."killTime" IS 'When the victim was destroyed';
COMMENT ON COLUMN legacy.kills_fact."systemId" IS 'Solar system';
COMMENT ON COLUMN legacy.kills_fact."shipTypeId" IS 'Type of what was destroyed';
COMMENT ON COLUMN legacy.kills_fact."totalValue" IS 'ISK; null where nobody has valued it yet';
COMMENT ON COLUMN legacy.kills_fact.points IS 'Points as zKillboard counts them';
COMMENT ON COLUMN legacy.kills_fact.position IS 'x, y, z in metres from the sun; null before 2015-11-03';
COMMENT ON COLUMN legacy.kills_fact.items IS 'Items as ESI gave them';
COMMENT ON COLUMN legacy.kills_fact."attackerCount" IS 'How many attacked';
COMMENT ON COLUMN legacy.kills_fact.labels IS 'zKillboard''s labels';
COMMENT ON COLUMN legacy.kills_fact.npc IS
'All attackers are NPCs (core.is_npc), or the victim is a structure of an NPC corporation, '
'which players may have killed';
COMMENT ON COLUMN legacy.kills_fact.solo IS
'One player''s character attacked at most (beside NPCs; now and then none, but drones or deployables), no structure did, and what was '
'lost is a ship, but no capsule, shuttle or rookie ship';
COMMENT ON COLUMN legacy.kills_fact.awox IS 'The final blow was by the victim''s own player corporation';

CREATE VIEW legacy.losses_fact AS
SELECT
    losses.killmail_id AS "killmailId",
    losses.character_id AS "characterId",
    losses.kill_time AS "killTime",
    losses.system_id AS "systemId",
    losses.ship_type_id AS "shipTypeId",
    losses.total_value AS "totalValue",
    losses.points,
    losses.attacker_count AS "attackerCount",
    losses.labels
FROM core.losses_fact AS losses;
COMMENT ON VIEW legacy.losses_fact IS 'Losses of player characters in the older model''s shape';
COMMENT ON COLUMN legacy.losses_fact."killmailId" IS 'The killmail';
COMMENT ON COLUMN legacy.losses_fact."characterId" IS 'Who lost the ship';
COMMENT ON COLUMN legacy.losses_fact."killTime" IS 'When';
COMMENT ON COLUMN legacy.losses_fact."systemId" IS 'Solar system';
COMMENT ON COLUMN legacy.losses_fact."shipTypeId" IS 'Type of what was lost';
COMMENT ON COLUMN legacy.losses_fact."totalValue" IS 'ISK; null where nobody has valued it yet';
COMMENT ON COLUMN legacy.losses_fact.points IS 'Points as zKillboard counts them';
COMMENT ON COLUMN legacy.losses_fact."attackerCount" IS 'How many attacked';
COMMENT ON COLUMN legacy.losses_fact.labels IS 'zKillboard''s labels';

CREATE VIEW legacy.kill_victims AS
SELECT
    victims.killmail_id AS id,
    victims.killmail_id AS "killmailId",
    victims.character_id AS "characterId",
    victims.corporation_id AS "corporationId",
    victims.alliance_id AS "allianceId",
    victims.faction_id AS "factionId",
    victims.ship_type_id AS "shipTypeId",
    victims.damage_taken AS "damageTaken",
    CASE
        WHEN kills.position_x IS NOT NULL
            THEN jsonb_build_object('x', kills.position_x, 'y', kills.position_y, 'z', kills.position_z)
    END AS position,
    kills.items
FROM core.kill_victims AS victims
INNER JOIN core.kills_fact AS kills USING (killmail_id);
COMMENT ON VIEW legacy.kill_victims IS 'Victims in the older model''s shape, with an id';
COMMENT ON COLUMN legacy.kill_victims.id IS 'The killmail''s id: a killmail has one victim';
COMMENT ON COLUMN legacy.kill_victims."killmailId" IS 'The killmail';
COMMENT ON COLUMN legacy.kill_victims."characterId" IS
'Pilot; null for what nobody flew: structures, deployables, drones, and ships without a pilot';
COMMENT ON COLUMN legacy.kill_victims."corporationId" IS 'Corporation at that time';
COMMENT ON COLUMN legacy.kill_victims."allianceId" IS 'Alliance at that time';
COMMENT ON COLUMN legacy.kill_victims."factionId" IS 'Faction';
COMMENT ON COLUMN legacy.kill_victims."shipTypeId" IS 'Type of what was destroyed';
COMMENT ON COLUMN legacy.kill_victims."damageTaken" IS 'Hit points';
COMMENT ON COLUMN legacy.kill_victims.position IS 'x, y, z in metres from the sun; null before 2015-11-03';
COMMENT ON COLUMN legacy.kill_victims.items IS 'Items as ESI gave them';

-- pilots by way of kill_characters, which has the index that a condition on one needs
CREATE VIEW legacy.kill_attackers AS
SELECT
    attackers.killmail_id * 10000 + attackers.attacker_index AS id,
    attackers.killmail_id AS "killmailId",
    pilots.character_id AS "characterId",
    attackers.corporation_id AS "corporationId",
    attackers.alliance_id AS "allianceId",
    attackers.faction_id AS "factionId",
    attackers.ship_type_id AS "shipTypeId",
    attackers.weapon_type_id AS "weaponTypeId",
    attackers.damage_done AS "damageDone",
    attackers.final_blow AS "finalBlow",
    attackers.security_status AS "securityStatus"
FROM core.kill_characters AS pilots
INNER JOIN core.kill_attackers AS attackers USING (killmail_id, character_id)
UNION ALL
SELECT
    attackers.killmail_id * 10000 + attackers.attacker_index AS id,
    attackers.killmail_id AS "killmailId",
    cast(NULL AS bigint) AS "characterId",
    attackers.corporation_id AS "corporationId",
    attackers.alliance_id AS "allianceId",
    attackers.faction_id AS "factionId",
    attackers.ship_type_id AS "shipTypeId",
    attackers.weapon_type_id AS "weaponTypeId",
    attackers.damage_done AS "damageDone",
    attackers.final_blow AS "finalBlow",
    attackers.security_status AS "securityStatus"
FROM core.kill_attackers AS attackers
WHERE attackers.character_id IS NULL;
COMMENT ON VIEW legacy.kill_attackers IS 'Attackers in the older model''s shape, with an id';
COMMENT ON COLUMN legacy.kill_attackers.id IS
'killmailId × 10,000 + position in ESI''s array: the same at every load. Filter by killmailId: id has no index';
COMMENT ON COLUMN legacy.kill_attackers."killmailId" IS 'The killmail';
COMMENT ON COLUMN legacy.kill_attackers."characterId" IS
'Pilot; null for most NPCs (some have characters), structures, deployables and drones';
COMMENT ON COLUMN legacy.kill_attackers."corporationId" IS 'Corporation at that time';
COMMENT ON COLUMN legacy.kill_attackers."allianceId" IS 'Alliance at that time';
COMMENT ON COLUMN legacy.kill_attackers."factionId" IS 'Faction';
COMMENT ON COLUMN legacy.kill_attackers."shipTypeId" IS 'Type of the attacker''s ship';
COMMENT ON COLUMN legacy.kill_attackers."weaponTypeId" IS
'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';
COMMENT ON COLUMN legacy.kill_attackers."damageDone" IS 'Hit points';
COMMENT ON COLUMN legacy.kill_attackers."finalBlow" IS 'Whether this attacker struck the final blow';
COMMENT ON COLUMN legacy.kill_attackers."securityStatus" IS 'Pilot''s security status, -10 to 10';

CREATE VIEW legacy.kill_characters AS
SELECT
    involved.killmail_id AS "killmailId",
    involved.character_id AS "characterId",
    cast(involved.role AS text) AS role
FROM core.kill_characters AS involved;
COMMENT ON VIEW legacy.kill_characters IS 'Pilots of killmails in the older model''s shape';
COMMENT ON COLUMN legacy.kill_characters."killmailId" IS 'The killmail';
COMMENT ON COLUMN legacy.kill_characters."characterId" IS 'The pilot';
COMMENT ON COLUMN legacy.kill_characters.role IS 'victim or attacker';

CREATE VIEW legacy.characters AS
SELECT
    pilots.eve_id AS "eveId",
    pilots.name,
    pilots.corporation_id AS "corporationId",
    pilots.alliance_id AS "allianceId",
    pilots.first_seen AS "firstSeen",
    pilots.last_seen AS "lastSeen"
FROM core.characters AS pilots;
COMMENT ON VIEW legacy.characters IS 'Pilots in the older model''s shape';
COMMENT ON COLUMN legacy.characters."eveId" IS 'EVE''s id';
COMMENT ON COLUMN legacy.characters.name IS 'Name; null until resolved';
COMMENT ON COLUMN legacy.characters."corporationId" IS 'Corporation seen last';
COMMENT ON COLUMN legacy.characters."allianceId" IS 'Alliance seen last';
COMMENT ON COLUMN legacy.characters."firstSeen" IS 'Time of the earliest kill';
COMMENT ON COLUMN legacy.characters."lastSeen" IS 'Time of the latest kill';

CREATE VIEW legacy.corporations AS
SELECT
    corporations.eve_id AS "eveId",
    corporations.name,
    corporations.alliance_id AS "allianceId",
    corporations.first_seen AS "firstSeen",
    corporations.last_seen AS "lastSeen"
FROM core.corporations AS corporations;
COMMENT ON VIEW legacy.corporations IS 'Corporations in the older model''s shape';
COMMENT ON COLUMN legacy.corporations."eveId" IS 'EVE''s id';
COMMENT ON COLUMN legacy.corporations.name IS 'Name; null until resolved';
COMMENT ON COLUMN legacy.corporations."allianceId" IS 'Alliance seen last';
COMMENT ON COLUMN legacy.corporations."firstSeen" IS 'Time of the earliest kill';
COMMENT ON COLUMN legacy.corporations."lastSeen" IS 'Time of the latest kill';

CREATE VIEW legacy.alliances AS
SELECT
    alliances.eve_id AS "eveId",
    alliances.name,
    alliances.first_seen AS "firstSeen",
    alliances.last_seen AS "lastSeen"
FROM core.alliances AS alliances;
COMMENT ON VIEW legacy.alliances IS 'Alliances in the older model''s shape';
COMMENT ON COLUMN legacy.alliances."eveId" IS 'EVE''s id';
COMMENT ON COLUMN legacy.alliances.name IS 'Name; null until resolved';
COMMENT ON COLUMN legacy.alliances."firstSeen" IS 'Time of the earliest kill';
COMMENT ON COLUMN legacy.alliances."lastSeen" IS 'Time of the latest kill';
