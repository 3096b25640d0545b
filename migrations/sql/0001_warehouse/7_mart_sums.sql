-- mart, continued: sums of which a day has few rows and a year reads many killmails, in three relations as in 7_mart_days.sql: of
-- everybody (all systems together) by whatever charts ask for, of an alliance by its corporations and by other alliances.

CREATE TYPE mart.counted_by AS ENUM ('day', 'hour', 'magnitude', 'at_least', 'ship', 'system', 'member', 'alliance');
COMMENT ON TYPE mart.counted_by IS 'What the rows of sums_daily are counted by';

CREATE TABLE mart.settled_sums (
    entity_id bigint NOT NULL,
    counted_by mart.counted_by NOT NULL,
    day date NOT NULL,
    bucket bigint NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    kills_with integer,
    solo_kills integer,
    solo_losses integer,
    npc_losses integer,
    final_blows integer,
    kills_valued integer,
    losses_valued integer,
    points bigint,
    points_lost bigint,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    isk_with numeric,
    PRIMARY KEY (day, counted_by, entity_id, bucket)  -- days of one entity are skipped through
);

-- the views that are summed up here define what counts; each branch is named by a constant, so that no other is read
CREATE VIEW mart.derived_sums AS
SELECT
    0::bigint AS entity_id,
    'day'::mart.counted_by AS counted_by,
    day,
    0::bigint AS bucket,
    sum(kills)::integer AS kills,
    sum(losses)::integer AS losses,
    NULL::integer AS kills_with,
    sum(solo_kills)::integer AS solo_kills,
    sum(solo_losses)::integer AS solo_losses,
    sum(npc_losses)::integer AS npc_losses,
    sum(final_blows)::integer AS final_blows,
    sum(kills_valued)::integer AS kills_valued,
    sum(losses_valued)::integer AS losses_valued,
    sum(points)::bigint AS points,
    sum(points_lost)::bigint AS points_lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
FROM mart.activity_daily
WHERE entity_kind = 'system'
GROUP BY day
UNION ALL
SELECT
    0::bigint AS entity_id,
    'hour'::mart.counted_by AS counted_by,
    day,
    hour::bigint AS bucket,
    sum(kills)::integer AS kills,
    sum(losses)::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
FROM mart.activity_hourly
WHERE entity_kind = 'system'
GROUP BY day, bucket
UNION ALL
SELECT
    0::bigint AS entity_id,
    'magnitude'::mart.counted_by AS counted_by,
    day,
    magnitude::bigint AS bucket,
    sum(kills)::integer AS kills,
    sum(losses)::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
FROM mart.value_distribution
WHERE entity_kind = 'system'
GROUP BY day, bucket
UNION ALL
SELECT
    0::bigint AS entity_id,
    'at_least'::mart.counted_by AS counted_by,
    day,
    at_least::bigint AS bucket,
    sum(kills)::integer AS kills,
    sum(losses)::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
FROM mart.fleet_sizes
WHERE entity_kind = 'system'
GROUP BY day, bucket
UNION ALL
SELECT
    0::bigint AS entity_id,
    'ship'::mart.counted_by AS counted_by,
    day,
    ship_type_id::bigint AS bucket,
    sum(killed)::integer AS kills,
    sum(lost)::integer AS losses,
    sum(kills_with)::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
FROM mart.ships_daily
WHERE entity_kind = 'system'
GROUP BY day, bucket
UNION ALL
SELECT
    0::bigint AS entity_id,
    'system'::mart.counted_by AS counted_by,
    day,
    entity_id AS bucket,
    sum(kills)::integer AS kills,
    sum(losses)::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    sum(kills_valued)::integer AS kills_valued,
    sum(losses_valued)::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(isk_killed) AS isk_killed,
    sum(isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
FROM mart.activity_daily
WHERE entity_kind = 'system'
GROUP BY day, bucket
UNION ALL
SELECT
    entity_id,
    'member'::mart.counted_by AS counted_by,
    day,
    corporation_id AS bucket,
    count(*) FILTER (WHERE is_kill)::integer AS kills,
    count(*) FILTER (WHERE NOT is_kill)::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE NOT is_kill), 0) AS isk_lost,
    NULL::numeric AS isk_with
FROM (
    SELECT DISTINCT
        entity_id,
        day,
        corporation_id,
        killmail_id,
        total_value,
        attacker_index >= 0 AS is_kill
    FROM mart.crew
    WHERE entity_kind = 'alliance' AND corporation_id IS NOT NULL
) AS sides
GROUP BY entity_id, day, corporation_id
UNION ALL
SELECT
    entity_id,
    'alliance'::mart.counted_by AS counted_by,
    day,
    other_id AS bucket,
    kills,
    losses,
    flew_with AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    isk_killed,
    isk_lost,
    isk_with
FROM mart.derived_relations
WHERE entity_kind = 'alliance';

CREATE VIEW mart.sums_daily AS
SELECT settled.*
FROM mart.settled_sums AS settled
WHERE settled.day <> all(array(SELECT open.day FROM mart.open_days AS open))
UNION ALL
SELECT derived.*
FROM mart.derived_sums AS derived
WHERE derived.day = any(array(SELECT open.day FROM mart.open_days AS open));
COMMENT ON VIEW mart.sums_daily IS
'Kills and losses per UTC day: of everybody in all and by hour, value, fleet, ship and system; of alliances by member and other alliance';
COMMENT ON COLUMN mart.sums_daily.entity_id IS '0 for everybody, all systems together; by member and alliance EVE''s id of the alliance';
COMMENT ON COLUMN mart.sums_daily.counted_by IS
'What the row is counted by. Everybody by day (one row), hour, magnitude, at_least, ship and system; an alliance by member and alliance';
COMMENT ON COLUMN mart.sums_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.sums_daily.bucket IS
'Which one: UTC hour, magnitude (as in value_distribution), at_least (as in fleet_sizes), type of ship, id of the system, of the '
'corporation, of the other alliance; 0 by day';
COMMENT ON COLUMN mart.sums_daily.kills IS
'Killmails that NPCs alone did not make; of an alliance those on which the member attacked, or it attacked the other';
COMMENT ON COLUMN mart.sums_daily.losses IS
'All killmails; of an alliance those that the member lost, or on which the other attacked it';
COMMENT ON COLUMN mart.sums_daily.kills_with IS
'By ship, kills on which somebody flew it; by alliance, killmails on which both attacked; else null';
COMMENT ON COLUMN mart.sums_daily.solo_kills IS 'By day, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.solo_losses IS 'By day, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.npc_losses IS 'By day, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.final_blows IS 'By day, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.kills_valued IS 'By day and system, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.losses_valued IS 'By day and system, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.points IS 'By day, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.points_lost IS 'By day, as in activity_daily; else null';
COMMENT ON COLUMN mart.sums_daily.isk_killed IS 'ISK of the kills';
COMMENT ON COLUMN mart.sums_daily.isk_lost IS 'ISK of the losses';
COMMENT ON COLUMN mart.sums_daily.isk_with IS 'By alliance, ISK that both killed together; else null';

CREATE VIEW mart.members_daily AS
SELECT
    entity_id,
    day,
    bucket AS corporation_id,
    kills,
    losses,
    isk_killed,
    isk_lost
FROM mart.sums_daily
WHERE counted_by = 'member';
COMMENT ON VIEW mart.members_daily IS 'Which corporations killed and lost within an alliance, per UTC day: a part of corporations_daily';
COMMENT ON COLUMN mart.members_daily.entity_id IS 'EVE''s id of the alliance';
COMMENT ON COLUMN mart.members_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.members_daily.corporation_id IS 'A corporation, of that alliance on these killmails';
COMMENT ON COLUMN mart.members_daily.kills IS 'Killmails on which the corporation attacked';
COMMENT ON COLUMN mart.members_daily.losses IS 'Killmails of which the corporation was the victim';
COMMENT ON COLUMN mart.members_daily.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.members_daily.isk_lost IS 'ISK of its losses';

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
    flew_with,
    kills,
    losses,
    isk_with,
    isk_killed,
    isk_lost
FROM mart.derived_relations
WHERE entity_kind = 'corporation'
UNION ALL
SELECT
    entity_id,
    'alliance'::mart.entity_kind AS entity_kind,
    day,
    bucket AS other_id,
    kills_with AS flew_with,
    kills,
    losses,
    isk_with,
    isk_killed,
    isk_lost
FROM mart.sums_daily
WHERE counted_by = 'alliance';
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

-- all forms say the same of their columns
DO $$
DECLARE
    told record;
BEGIN
    FOR told IN
        SELECT
            forms.oid::regclass AS relation,
            CASE forms.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END AS kind,
            form,
            views.relname,
            columns.attname,
            col_description(columns.attrelid, columns.attnum) AS said
        FROM unnest(ARRAY['items', 'crews', 'sums', 'relations']) AS sums (name)
        CROSS JOIN unnest(ARRAY['settled', 'derived']) AS form
        INNER JOIN pg_class AS views ON views.oid = format('mart.%s_daily', sums.name)::regclass
        INNER JOIN pg_class AS forms ON forms.oid = to_regclass(format('mart.%s_%s', form, sums.name))
        INNER JOIN pg_attribute AS columns ON columns.attrelid = views.oid
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', told.relation, told.attname, told.said);
        EXECUTE format(
            'COMMENT ON %s %s IS %L',
            told.kind,
            told.relation,
            told.relname || CASE told.form WHEN 'settled' THEN ', kept of days that are over' ELSE ', worked out of core for any day' END
        );
    END LOOP;
END
$$;
