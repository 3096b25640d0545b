-- Who did how much of the damage. Both views answer per killmail, so a filter on a killmail or a character reads by index.
-- attackers_fact looks ranks up in the sorted damages of the killmail, which are kept while its attackers are gone through:
-- to count the stronger ones for each would read a killmail with 1,500 attackers 1,500 times.

CREATE VIEW core.attackers_fact AS
SELECT
    attackers.killmail_id,
    attackers.attacker_index,
    kills.kill_time,
    kills.system_id,
    attackers.character_id,
    attackers.corporation_id,
    attackers.alliance_id,
    attackers.faction_id,
    attackers.ship_type_id,
    attackers.weapon_type_id,
    attackers.security_status,
    attackers.damage_done,
    coalesce(greatest(attackers.damage_done, 0) / nullif(damage.total, 0), 0)::double precision AS damage_share,
    array_position(damage.ranked, attackers.damage_done) AS damage_rank,
    attackers.final_blow,
    core.is_npc(attackers.character_id, attackers.corporation_id) AS is_npc,
    coalesce(ship_groups.category_id = 65, FALSE) AS is_structure
FROM core.kill_attackers AS attackers
INNER JOIN core.kills_fact AS kills USING (killmail_id)
LEFT JOIN reference.types AS ships ON attackers.ship_type_id = ships.type_id
LEFT JOIN reference.groups AS ship_groups ON ships.group_id = ship_groups.group_id
CROSS JOIN LATERAL (
    SELECT
        sum(greatest(others.damage_done, 0)) AS total,
        array_agg(others.damage_done ORDER BY others.damage_done DESC) AS ranked
    FROM core.kill_attackers AS others
    WHERE others.killmail_id = attackers.killmail_id
) AS damage;
COMMENT ON VIEW core.attackers_fact IS 'One row per attacker of a killmail, with its share of the damage, its rank and what it was';
COMMENT ON COLUMN core.attackers_fact.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.attackers_fact.attacker_index IS 'Position in ESI''s array, from 0';
COMMENT ON COLUMN core.attackers_fact.kill_time IS 'When the victim was destroyed';
COMMENT ON COLUMN core.attackers_fact.system_id IS 'Solar system';
COMMENT ON COLUMN core.attackers_fact.character_id IS
'Pilot; null for most NPCs (some have characters), structures, deployables and drones';
COMMENT ON COLUMN core.attackers_fact.corporation_id IS 'Corporation at that time';
COMMENT ON COLUMN core.attackers_fact.alliance_id IS 'Alliance at that time';
COMMENT ON COLUMN core.attackers_fact.faction_id IS 'Faction, in factional warfare or of an NPC';
COMMENT ON COLUMN core.attackers_fact.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';
COMMENT ON COLUMN core.attackers_fact.weapon_type_id IS
'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';
COMMENT ON COLUMN core.attackers_fact.security_status IS 'Pilot''s security status, -10 to 10';
COMMENT ON COLUMN core.attackers_fact.damage_done IS 'Hit points; below 0 on some old killmails';
COMMENT ON COLUMN core.attackers_fact.damage_share IS
'0 to 1: of all damage done on the killmail, damage below 0 counting as 0; 0 for all where nobody did any';
COMMENT ON COLUMN core.attackers_fact.damage_rank IS '1 for most damage; equals share a rank, and the next one is skipped';
COMMENT ON COLUMN core.attackers_fact.final_blow IS 'Whether this attacker struck the final blow';
COMMENT ON COLUMN core.attackers_fact.is_npc IS 'Neither a player''s character nor of a player corporation';
COMMENT ON COLUMN core.attackers_fact.is_structure IS 'Its ship is of category 65, by reference.groups; false where the type is unknown';

CREATE VIEW core.damage_fact AS
SELECT
    victims.killmail_id,
    victims.damage_taken,
    damage.damage_done,
    damage.attackers,
    damage.damaging_attackers,
    coalesce(damage.most / nullif(damage.total, 0), 0)::double precision AS top_share,
    coalesce(damage.final_blow / nullif(damage.total, 0), 0)::double precision AS final_blow_share,
    coalesce(damage.npc / nullif(damage.total, 0), 0)::double precision AS npc_share,
    damage.distribution
FROM core.kill_victims AS victims
CROSS JOIN LATERAL (
    SELECT
        count(*)::integer AS attackers,
        (count(*) FILTER (WHERE attackers.damage_done > 0))::integer AS damaging_attackers,
        coalesce(sum(attackers.damage_done), 0)::bigint AS damage_done,
        sum(greatest(attackers.damage_done, 0)) AS total,
        greatest(max(attackers.damage_done), 0)::numeric AS most,
        sum(greatest(attackers.damage_done, 0)) FILTER (WHERE attackers.final_blow) AS final_blow,
        sum(greatest(attackers.damage_done, 0)) FILTER (WHERE core.is_npc(attackers.character_id, attackers.corporation_id)) AS npc,
        coalesce(array_agg(attackers.damage_done ORDER BY attackers.damage_done DESC), '{}') AS distribution
    FROM core.kill_attackers AS attackers
    WHERE attackers.killmail_id = victims.killmail_id
) AS damage;
COMMENT ON VIEW core.damage_fact IS 'One row per killmail: how the damage was spread over its attackers';
COMMENT ON COLUMN core.damage_fact.killmail_id IS 'The killmail';
COMMENT ON COLUMN core.damage_fact.damage_taken IS 'Hit points that the victim took';
COMMENT ON COLUMN core.damage_fact.damage_done IS 'Hit points that the attackers did; now and then not what the victim took';
COMMENT ON COLUMN core.damage_fact.attackers IS 'How many attacked';
COMMENT ON COLUMN core.damage_fact.damaging_attackers IS 'How many of them did damage';
COMMENT ON COLUMN core.damage_fact.top_share IS '0 to 1: share of the attacker who did most';
COMMENT ON COLUMN core.damage_fact.final_blow_share IS '0 to 1: share of the attacker who struck the final blow';
COMMENT ON COLUMN core.damage_fact.npc_share IS '0 to 1: share of NPCs';
COMMENT ON COLUMN core.damage_fact.distribution IS 'Hit points of each attacker, most first';
