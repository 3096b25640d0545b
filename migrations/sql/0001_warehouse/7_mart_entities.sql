-- mart, continued: sums per UTC day and entity, views over the junctions of core. Whoever asks for one entity names its kind, its id
-- and a range of days: these reach the index of one junction through every view here, which groups by them as they are.

-- Who was on which killmail, and how: what counts as a kill and as a loss is defined here, and the views below sum it up. Each kind is a
-- branch of its own with its name as a constant, so that a condition on (entity_kind, entity_id, day) reads one index of one junction.
CREATE VIEW mart.appearances AS
SELECT
    killmail_id,
    'character'::mart.entity_kind AS entity_kind,
    character_id AS entity_id,
    day,
    kill_time,
    hour,
    system_id,
    pilots > 0 AS is_kill,
    role = 'victim' AS is_loss,
    final_blow,
    players,
    victim_ship_type_id,
    damage_done,
    damage_taken,
    total_value,
    points,
    solo
FROM core.kill_characters
WHERE pilots > 0 OR role = 'victim'
UNION ALL
SELECT
    killmail_id,
    'corporation'::mart.entity_kind AS entity_kind,
    corporation_id AS entity_id,
    day,
    kill_time,
    hour,
    system_id,
    role = 'attacker' OR also_attacked AS is_kill,
    role = 'victim' AS is_loss,
    final_blow,
    players,
    victim_ship_type_id,
    damage_done,
    damage_taken,
    total_value,
    points,
    solo
FROM core.kill_corporations
UNION ALL
SELECT
    killmail_id,
    'alliance'::mart.entity_kind AS entity_kind,
    alliance_id AS entity_id,
    day,
    kill_time,
    hour,
    system_id,
    role = 'attacker' OR also_attacked AS is_kill,
    role = 'victim' AS is_loss,
    final_blow,
    players,
    victim_ship_type_id,
    damage_done,
    damage_taken,
    total_value,
    points,
    solo
FROM core.kill_alliances
UNION ALL
SELECT
    killmail_id,
    'system'::mart.entity_kind AS entity_kind,
    system_id AS entity_id,
    day,
    kill_time,
    hour,
    system_id::integer AS system_id,
    players > 0 AS is_kill,
    TRUE AS is_loss,
    final_blow,
    players,
    victim_ship_type_id,
    damage_done,
    damage_taken,
    total_value,
    points,
    solo
FROM core.kill_systems;
COMMENT ON VIEW mart.appearances IS
'One row per killmail and entity that killed or lost on it, or in whose space it was (system): what all sums per entity are of';
COMMENT ON COLUMN mart.appearances.killmail_id IS 'The killmail';
COMMENT ON COLUMN mart.appearances.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.appearances.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.appearances.day IS 'UTC day of the killmail';
COMMENT ON COLUMN mart.appearances.kill_time IS 'When the victim was destroyed';
COMMENT ON COLUMN mart.appearances.hour IS 'UTC hour of it, 0 to 23';
COMMENT ON COLUMN mart.appearances.system_id IS 'Solar system of the killmail';
COMMENT ON COLUMN mart.appearances.is_kill IS 'Whether it is a kill of the entity: it attacked, and not with NPCs alone';
COMMENT ON COLUMN mart.appearances.is_loss IS 'Whether it is a loss of the entity: it was the victim; of a system every killmail';
COMMENT ON COLUMN mart.appearances.final_blow IS 'Whether the entity struck the final blow; of a system whether a player did';
COMMENT ON COLUMN mart.appearances.players IS 'Attackers of the killmail who are no NPCs';
COMMENT ON COLUMN mart.appearances.victim_ship_type_id IS 'Type of what was destroyed';
COMMENT ON COLUMN mart.appearances.damage_done IS 'Hit points that the entity did; of a system those by all who are no NPCs';
COMMENT ON COLUMN mart.appearances.damage_taken IS 'Hit points that the victim took; null where the entity is not the victim';
COMMENT ON COLUMN mart.appearances.total_value IS 'ISK of the killmail; null where nobody has valued it yet';
COMMENT ON COLUMN mart.appearances.points IS 'Points of the killmail';
COMMENT ON COLUMN mart.appearances.solo IS 'Whether the killmail is flagged solo';

CREATE VIEW mart.activity_daily AS
SELECT
    sums.entity_id,
    sums.entity_kind,
    sums.day,
    sums.kills,
    sums.losses,
    sums.solo_kills,
    sums.solo_losses,
    sums.npc_losses,
    sums.final_blows,
    CASE sums.entity_kind
        WHEN 'character'
            THEN (
                SELECT count(DISTINCT here.character_id)::integer
                FROM core.kill_characters AS here
                WHERE
                    here.character_id = sums.entity_id AND here.day = sums.day
                    AND NOT core.is_npc(here.character_id, here.corporation_id)
            )
        ELSE coalesce((
            SELECT crews.pilots
            FROM mart.crews_daily AS crews
            WHERE crews.entity_kind = sums.entity_kind AND crews.entity_id = sums.entity_id AND crews.day = sums.day
        ), 0)
    END AS pilots,
    sums.kills_valued,
    sums.losses_valued,
    sums.points,
    sums.points_lost,
    sums.isk_killed,
    sums.isk_lost,
    sums.damage_done,
    sums.damage_taken
FROM (
    SELECT
        entity_id,
        entity_kind,
        day,
        count(*) FILTER (WHERE is_kill)::integer AS kills,
        count(*) FILTER (WHERE is_loss)::integer AS losses,
        count(*) FILTER (WHERE is_kill AND solo)::integer AS solo_kills,
        count(*) FILTER (WHERE is_loss AND solo)::integer AS solo_losses,
        count(*) FILTER (WHERE is_loss AND players = 0)::integer AS npc_losses,
        count(*) FILTER (WHERE is_kill AND final_blow)::integer AS final_blows,
        count(total_value) FILTER (WHERE is_kill)::integer AS kills_valued,
        count(total_value) FILTER (WHERE is_loss)::integer AS losses_valued,
        coalesce(sum(points) FILTER (WHERE is_kill), 0) AS points,
        coalesce(sum(points) FILTER (WHERE is_loss), 0) AS points_lost,
        coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
        coalesce(sum(total_value) FILTER (WHERE is_loss), 0) AS isk_lost,
        coalesce(sum(damage_done) FILTER (WHERE is_kill), 0) AS damage_done,
        coalesce(sum(damage_taken) FILTER (WHERE is_loss), 0) AS damage_taken
    FROM mart.appearances
    GROUP BY entity_id, entity_kind, day
) AS sums;
COMMENT ON VIEW mart.activity_daily IS 'Kills and losses per entity and UTC day; no row where it had neither';
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

CREATE VIEW mart.activity_hourly AS
SELECT
    entity_id,
    entity_kind,
    day,
    hour,
    date_part('isodow', day)::smallint AS weekday,
    count(*) FILTER (WHERE is_kill)::integer AS kills,
    count(*) FILTER (WHERE is_loss)::integer AS losses,
    coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE is_loss), 0) AS isk_lost
FROM mart.appearances
GROUP BY entity_id, entity_kind, day, hour;
COMMENT ON VIEW mart.activity_hourly IS 'Kills and losses per entity, UTC day and hour: the heat map is its sum by weekday and hour';
COMMENT ON COLUMN mart.activity_hourly.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.activity_hourly.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.activity_hourly.day IS 'UTC day';
COMMENT ON COLUMN mart.activity_hourly.hour IS 'UTC hour, 0 to 23';
COMMENT ON COLUMN mart.activity_hourly.weekday IS 'Monday 1 to Sunday 7, from day';
COMMENT ON COLUMN mart.activity_hourly.kills IS 'Killmails on which the entity attacked';
COMMENT ON COLUMN mart.activity_hourly.losses IS 'Killmails of which the entity was the victim';
COMMENT ON COLUMN mart.activity_hourly.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.activity_hourly.isk_lost IS 'ISK of its losses';

CREATE VIEW mart.value_distribution AS
SELECT
    entity_id,
    entity_kind,
    day,
    mart.magnitude(total_value) AS magnitude,
    count(*) FILTER (WHERE is_kill)::integer AS kills,
    count(*) FILTER (WHERE is_loss)::integer AS losses,
    coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE is_loss), 0) AS isk_lost
FROM mart.appearances
GROUP BY entity_id, entity_kind, day, magnitude;
COMMENT ON VIEW mart.value_distribution IS 'Kills and losses per entity and UTC day by what they were worth, in powers of ten';
COMMENT ON COLUMN mart.value_distribution.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.value_distribution.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.value_distribution.day IS 'UTC day';
COMMENT ON COLUMN mart.value_distribution.magnitude IS
'n holds values from 10^n to under 10^(n+1) ISK (6: 1 to 10 million); 0 what is under 10 ISK; -1 what has no value yet';
COMMENT ON COLUMN mart.value_distribution.kills IS 'Kills worth that much';
COMMENT ON COLUMN mart.value_distribution.losses IS 'Losses worth that much';
COMMENT ON COLUMN mart.value_distribution.isk_killed IS 'ISK of these kills';
COMMENT ON COLUMN mart.value_distribution.isk_lost IS 'ISK of these losses';

CREATE VIEW mart.fleet_sizes AS
SELECT
    entity_id,
    entity_kind,
    day,
    mart.fleet_size(players) AS at_least,
    count(*) FILTER (WHERE is_kill)::integer AS kills,
    count(*) FILTER (WHERE is_loss)::integer AS losses,
    coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE is_loss), 0) AS isk_lost
FROM mart.appearances
GROUP BY entity_id, entity_kind, day, at_least;
COMMENT ON VIEW mart.fleet_sizes IS 'Kills and losses per entity and UTC day by how many attacked';
COMMENT ON COLUMN mart.fleet_sizes.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.fleet_sizes.entity_kind IS 'character, corporation, alliance or system';
COMMENT ON COLUMN mart.fleet_sizes.day IS 'UTC day';
COMMENT ON COLUMN mart.fleet_sizes.at_least IS
'Smallest number of attackers in the bucket, NPCs left out: 0 (NPCs alone), 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000';
COMMENT ON COLUMN mart.fleet_sizes.kills IS 'Kills with that many attackers, whoever they were';
COMMENT ON COLUMN mart.fleet_sizes.losses IS 'Losses to that many attackers';
COMMENT ON COLUMN mart.fleet_sizes.isk_killed IS 'ISK of these kills';
COMMENT ON COLUMN mart.fleet_sizes.isk_lost IS 'ISK of these losses';

CREATE VIEW mart.systems_daily AS
SELECT
    entity_id,
    entity_kind,
    day,
    system_id,
    count(*) FILTER (WHERE is_kill)::integer AS kills,
    count(*) FILTER (WHERE is_loss)::integer AS losses,
    coalesce(sum(total_value) FILTER (WHERE is_kill), 0) AS isk_killed,
    coalesce(sum(total_value) FILTER (WHERE is_loss), 0) AS isk_lost
FROM mart.appearances
WHERE entity_kind <> 'system'
GROUP BY entity_id, entity_kind, day, system_id;
COMMENT ON VIEW mart.systems_daily IS
'Where an entity killed and lost, per UTC day; all that happened in a system is in activity_daily, entity_kind system';
COMMENT ON COLUMN mart.systems_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.systems_daily.entity_kind IS 'character, corporation or alliance';
COMMENT ON COLUMN mart.systems_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.systems_daily.system_id IS 'Solar system; its region is in reference.solar_systems';
COMMENT ON COLUMN mart.systems_daily.kills IS 'Killmails there on which the entity attacked';
COMMENT ON COLUMN mart.systems_daily.losses IS 'Killmails there of which the entity was the victim';
COMMENT ON COLUMN mart.systems_daily.isk_killed IS 'ISK of its kills';
COMMENT ON COLUMN mart.systems_daily.isk_lost IS 'ISK of its losses';
