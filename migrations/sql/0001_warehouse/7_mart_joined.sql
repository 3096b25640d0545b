-- mart, continued: what one junction alone does not know. Whom one flew with and fought: the same killmails of the others' rows. What
-- corporations, alliances and everybody in a system flew: summed up in a table, see 7_mart_days.sql.

CREATE VIEW mart.ships_daily AS
SELECT
    entity_id,
    entity_kind,
    day,
    ship_type_id,
    sum(kills_with)::integer AS kills_with,
    count(*) FILTER (WHERE is_kill)::integer AS killed,
    count(*) FILTER (WHERE is_loss)::integer AS lost,
    coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE is_loss), 0) AS isk_lost
FROM (
    SELECT
        entity_id,
        entity_kind,
        day,
        victim_ship_type_id AS ship_type_id,
        0 AS kills_with,
        is_kill,
        is_loss,
        total_value
    FROM mart.appearances
    UNION ALL
    SELECT
        character_id,
        'character'::mart.entity_kind,
        day,
        ship_type_id,
        1,
        FALSE,
        FALSE,
        NULL::bigint
    FROM core.kill_characters
    WHERE pilots > 0 AND ship_type_id IS NOT NULL
    UNION ALL
    SELECT
        crews.entity_id,
        crews.entity_kind,
        crews.day,
        flown.ship_type_id,
        flown.kills,
        FALSE,
        FALSE,
        NULL::bigint
    FROM mart.crews_daily AS crews
    CROSS JOIN LATERAL unnest(crews.ship_type_ids, crews.kills_with) AS flown (ship_type_id, kills)
) AS ships
GROUP BY entity_id, entity_kind, day, ship_type_id;
COMMENT ON VIEW mart.ships_daily IS 'Ship types per entity and UTC day: flown on kills, killed, lost';
COMMENT ON COLUMN mart.ships_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.ships_daily.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.ships_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.ships_daily.ship_type_id IS 'Type of ship, structure or deployable; see reference.types';
COMMENT ON COLUMN mart.ships_daily.kills_with IS
'Kills on which the entity flew it; attackers whose ship is unknown are left out. A character that one killmail lists in two ships has the '
'first of them, as it has one row there (core.kill_characters); what it belongs to, and the system, have both';
COMMENT ON COLUMN mart.ships_daily.killed IS 'Kills whose victim flew it';
COMMENT ON COLUMN mart.ships_daily.lost IS 'Losses of it';
COMMENT ON COLUMN mart.ships_daily.isk_killed IS 'ISK of those killed';
COMMENT ON COLUMN mart.ships_daily.isk_lost IS 'ISK of those lost';

CREATE VIEW mart.derived_relations AS
SELECT
    entity_id,
    entity_kind,
    day,
    other_id,
    count(*) FILTER (WHERE one_attacked AND other_attacked)::integer AS flew_with,
    count(*) FILTER (WHERE one_attacked AND other_lost)::integer AS kills,
    count(*) FILTER (WHERE one_lost AND other_attacked)::integer AS losses,
    coalesce(sum(total_value) FILTER (WHERE one_attacked AND other_attacked), 0) AS isk_with,
    coalesce(sum(total_value) FILTER (WHERE one_attacked AND other_lost), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE one_lost AND other_attacked), 0) AS isk_lost
FROM (
    SELECT
        one.corporation_id AS entity_id,
        'corporation'::mart.entity_kind AS entity_kind,
        one.day,
        other.corporation_id AS other_id,
        one.role = 'attacker' OR one.also_attacked AS one_attacked,
        one.role = 'victim' AS one_lost,
        other.role = 'attacker' OR other.also_attacked AS other_attacked,
        other.role = 'victim' AS other_lost,
        one.total_value
    FROM core.kill_corporations AS one
    INNER JOIN core.kill_corporations AS other ON one.killmail_id = other.killmail_id
    WHERE
        one.corporation_id <> other.corporation_id
        AND NOT core.is_npc(NULL, one.corporation_id) AND NOT core.is_npc(NULL, other.corporation_id)
    UNION ALL
    SELECT
        one.alliance_id AS entity_id,
        'alliance'::mart.entity_kind AS entity_kind,
        one.day,
        other.alliance_id AS other_id,
        one.role = 'attacker' OR one.also_attacked AS one_attacked,
        one.role = 'victim' AS one_lost,
        other.role = 'attacker' OR other.also_attacked AS other_attacked,
        other.role = 'victim' AS other_lost,
        one.total_value
    FROM core.kill_alliances AS one
    INNER JOIN core.kill_alliances AS other ON one.killmail_id = other.killmail_id
    WHERE one.alliance_id <> other.alliance_id
) AS pairs
GROUP BY entity_id, entity_kind, day, other_id;
