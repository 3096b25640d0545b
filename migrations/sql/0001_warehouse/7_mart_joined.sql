-- mart, continued: what one junction alone does not know. Whom one flew with and fought: the same killmails of the others' rows. What
-- corporations, alliances and everybody in a system flew, and who was in an alliance: summed up in tables, see 7_mart_days.sql.

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
COMMENT ON COLUMN mart.ships_daily.kills_with IS 'Kills on which the entity flew it; attackers whose ship is unknown are left out';
COMMENT ON COLUMN mart.ships_daily.killed IS 'Kills whose victim flew it';
COMMENT ON COLUMN mart.ships_daily.lost IS 'Losses of it';
COMMENT ON COLUMN mart.ships_daily.isk_killed IS 'ISK of those killed';
COMMENT ON COLUMN mart.ships_daily.isk_lost IS 'ISK of those lost';

CREATE VIEW mart.corporations_daily AS
SELECT
    entity_id,
    'alliance'::mart.entity_kind AS entity_kind,
    day,
    corporation_id,
    kills,
    losses,
    isk_killed,
    isk_lost
FROM mart.members_daily
UNION ALL
SELECT
    places.system_id AS entity_id,
    'system'::mart.entity_kind AS entity_kind,
    places.day,
    here.corporation_id,
    count(*) FILTER (WHERE here.role = 'attacker' OR here.also_attacked)::integer AS kills,
    count(*) FILTER (WHERE here.role = 'victim')::integer AS losses,
    coalesce(sum(here.total_value) FILTER (WHERE here.role = 'attacker' OR here.also_attacked), 0) AS isk_killed,
    coalesce(sum(here.total_value) FILTER (WHERE here.role = 'victim'), 0) AS isk_lost
FROM core.kill_systems AS places
INNER JOIN core.kill_corporations AS here ON places.killmail_id = here.killmail_id
GROUP BY places.system_id, places.day, here.corporation_id;
COMMENT ON VIEW mart.corporations_daily IS 'Which corporations killed and lost within an alliance or a system, per UTC day';
COMMENT ON COLUMN mart.corporations_daily.entity_id IS 'EVE''s id of the alliance or system';
COMMENT ON COLUMN mart.corporations_daily.entity_kind IS 'alliance or system';
COMMENT ON COLUMN mart.corporations_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.corporations_daily.corporation_id IS 'A corporation, of that alliance on these killmails, or active in that system';
COMMENT ON COLUMN mart.corporations_daily.kills IS 'Killmails on which the corporation attacked';
COMMENT ON COLUMN mart.corporations_daily.losses IS 'Killmails of which the corporation was the victim';
COMMENT ON COLUMN mart.corporations_daily.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.corporations_daily.isk_lost IS 'ISK of its losses';

CREATE VIEW mart.relations_daily AS
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
COMMENT ON VIEW mart.relations_daily IS
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
