-- Kills in space: nearest, within a radius, clusters, activity of systems and regions.
--
-- Positions are metres from the sun of their system, so every question has a system and a range of x in it: a plain index on
-- both serves them. The extension cube (GiST) was measured beside it: four times the disk, no faster (docs/queries.md).

-- by system alone too: its first column is indexed with it
CREATE INDEX kills_fact_system_id_position_x ON core.kills_fact (system_id, position_x);

CREATE FUNCTION core.kills_within(
    solar_system integer,
    x double precision,
    y double precision,
    z double precision,
    radius_m double precision,
    since timestamptz DEFAULT '-infinity',
    until timestamptz DEFAULT 'infinity'
) RETURNS TABLE (killmail_id bigint, kill_time timestamptz, distance_m double precision) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT kills.killmail_id, kills.kill_time, away.distance_m
    FROM core.kills_fact AS kills
    CROSS JOIN LATERAL (
        SELECT sqrt((kills.position_x - x) ^ 2 + (kills.position_y - y) ^ 2 + (kills.position_z - z) ^ 2) AS distance_m
    ) AS away
    WHERE
        kills.system_id = solar_system
        AND kills.position_x BETWEEN x - radius_m AND x + radius_m
        AND away.distance_m <= radius_m
        AND kills.kill_time >= since
        AND kills.kill_time < until
$$;
COMMENT ON FUNCTION core.kills_within IS
'Kills within a radius (metres) of a point in a system, from since to before until; kills without position are left out';

CREATE FUNCTION core.nearest_kills(
    solar_system integer,
    x double precision,
    y double precision,
    z double precision,
    how_many integer DEFAULT 10
) RETURNS TABLE (killmail_id bigint, kill_time timestamptz, distance_m double precision) LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    reach double precision := 100;
BEGIN
    -- Kills crowd at stations and gates: a small sphere mostly holds enough, a large one would read thousands of rows to sort.
    WHILE reach < 'infinity' AND (
        SELECT count(*) < how_many
        FROM (SELECT FROM core.kills_within(solar_system, x, y, z, reach) LIMIT how_many) AS enough
    ) LOOP
        reach := CASE WHEN reach < 1e15 THEN reach * 4 ELSE 'infinity' END;
    END LOOP;
    RETURN QUERY
    SELECT near.killmail_id, near.kill_time, near.distance_m
    FROM core.kills_within(solar_system, x, y, z, reach) AS near
    ORDER BY near.distance_m, near.killmail_id
    LIMIT how_many;
END
$$;
COMMENT ON FUNCTION core.nearest_kills IS
'The kills nearest to a point (metres) in a system, nearest first; kills without position are left out';

CREATE FUNCTION core.clustered_kills(
    since timestamptz,
    until timestamptz,
    time_gap interval DEFAULT '15 minutes',
    distance_gap_m double precision DEFAULT 1000000
) RETURNS TABLE (killmail_id bigint, cluster_id bigint) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH kills AS (
        SELECT
            kills.killmail_id, kills.system_id, kills.kill_time, kills.position_x, kills.position_y, kills.position_z,
            num_nulls(kills.position_x, kills.position_y, kills.position_z) > 0 AS is_nowhere
        FROM core.kills_fact AS kills
        WHERE kills.kill_time >= since AND kills.kill_time < until
    ),
    x_steps AS (
        SELECT *, position_x - lag(position_x) OVER line AS step FROM kills
        WINDOW line AS (PARTITION BY system_id, is_nowhere ORDER BY position_x, killmail_id)
    ),
    x_parts AS (
        SELECT *, count(*) FILTER (WHERE step > distance_gap_m) OVER line AS x_part FROM x_steps
        WINDOW line AS (PARTITION BY system_id, is_nowhere ORDER BY position_x, killmail_id)
    ),
    y_steps AS (
        SELECT *, position_y - lag(position_y) OVER line AS y_step FROM x_parts
        WINDOW line AS (PARTITION BY system_id, is_nowhere, x_part ORDER BY position_y, killmail_id)
    ),
    y_parts AS (
        SELECT *, count(*) FILTER (WHERE y_step > distance_gap_m) OVER line AS y_part FROM y_steps
        WINDOW line AS (PARTITION BY system_id, is_nowhere, x_part ORDER BY position_y, killmail_id)
    ),
    z_steps AS (
        SELECT *, position_z - lag(position_z) OVER line AS z_step FROM y_parts
        WINDOW line AS (PARTITION BY system_id, is_nowhere, x_part, y_part ORDER BY position_z, killmail_id)
    ),
    places AS (
        SELECT *, count(*) FILTER (WHERE z_step > distance_gap_m) OVER line AS z_part FROM z_steps
        WINDOW line AS (PARTITION BY system_id, is_nowhere, x_part, y_part ORDER BY position_z, killmail_id)
    ),
    pauses AS (
        SELECT *, kill_time - lag(kill_time) OVER line AS pause FROM places
        WINDOW line AS (PARTITION BY system_id, is_nowhere, x_part, y_part, z_part ORDER BY kill_time, killmail_id)
    ),
    bursts AS (
        SELECT *, count(*) FILTER (WHERE pause > time_gap) OVER line AS burst FROM pauses
        WINDOW line AS (PARTITION BY system_id, is_nowhere, x_part, y_part, z_part ORDER BY kill_time, killmail_id)
    )
    SELECT
        bursts.killmail_id,
        min(bursts.killmail_id) OVER (PARTITION BY system_id, is_nowhere, x_part, y_part, z_part, burst)
    FROM bursts
$$;
COMMENT ON FUNCTION core.clustered_kills IS
'The cluster of each kill from since to before until: the kills of a system are parted wherever two neighbours along x are farther '
'apart than the distance, each part likewise along y, then z, then in time; the lowest killmail id names the cluster. '
'Kills without position count as one place per system';

CREATE FUNCTION core.kill_clusters(
    since timestamptz,
    until timestamptz,
    least_kills integer DEFAULT 3,
    time_gap interval DEFAULT '15 minutes',
    distance_gap_m double precision DEFAULT 1000000
) RETURNS TABLE (
    cluster_id bigint, kind text, system_id integer, first_kill timestamptz, last_kill timestamptz, kills integer, pilots integer,
    valued integer, isk_lost numeric, x double precision, y double precision, z double precision, killmail_ids bigint[]
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH clusters AS (
        SELECT
            places.cluster_id, kills.system_id, min(kills.kill_time) AS first_kill, max(kills.kill_time) AS last_kill,
            count(*)::integer AS kills, count(kills.total_value)::integer AS valued, sum(kills.total_value) AS isk_lost,
            avg(kills.position_x) AS x, avg(kills.position_y) AS y, avg(kills.position_z) AS z,
            array_agg(kills.killmail_id ORDER BY kills.kill_time, kills.killmail_id) AS killmail_ids
        FROM core.clustered_kills(since, until, time_gap, distance_gap_m) AS places
        INNER JOIN core.kills_fact AS kills ON places.killmail_id = kills.killmail_id
        GROUP BY places.cluster_id, kills.system_id
        HAVING count(*) >= least_kills
    ),
    killers AS (
        SELECT DISTINCT clusters.cluster_id, coalesce(attackers.alliance_id, attackers.corporation_id) AS side
        FROM clusters
        CROSS JOIN unnest(clusters.killmail_ids) AS mails (killmail_id)
        INNER JOIN core.kill_attackers AS attackers ON mails.killmail_id = attackers.killmail_id
        WHERE attackers.alliance_id IS NOT NULL OR NOT core.is_npc(NULL, attackers.corporation_id)
    ),
    losers AS (
        SELECT DISTINCT clusters.cluster_id, coalesce(victims.alliance_id, victims.corporation_id) AS side
        FROM clusters
        CROSS JOIN unnest(clusters.killmail_ids) AS mails (killmail_id)
        INNER JOIN core.kill_victims AS victims ON mails.killmail_id = victims.killmail_id
        WHERE victims.alliance_id IS NOT NULL OR NOT core.is_npc(NULL, victims.corporation_id)
    )
    SELECT
        clusters.cluster_id,
        CASE
            WHEN clusters.cluster_id IN (SELECT cluster_id FROM killers INNER JOIN losers USING (cluster_id, side)) THEN 'fight'
            WHEN clusters.cluster_id IN (SELECT cluster_id FROM killers) THEN 'camp'
            ELSE 'other'
        END,
        clusters.system_id, clusters.first_kill, clusters.last_kill, clusters.kills,
        (
            SELECT count(DISTINCT involved.character_id)::integer
            FROM core.kill_characters AS involved
            WHERE involved.killmail_id = any(clusters.killmail_ids) AND NOT core.is_npc(involved.character_id, NULL)
        ),
        clusters.valued, clusters.isk_lost, clusters.x, clusters.y, clusters.z, clusters.killmail_ids
    FROM clusters
$$;
COMMENT ON FUNCTION core.kill_clusters IS
'Clusters (see core.clustered_kills) of at least so many kills. kind: fight, where an alliance (or corporation without one) both kills '
'and loses; camp, where those who kill lose nothing; other, where only NPCs, or pilots of NPC corporations, kill. isk_lost is of the '
'valued kills, null where none is. x, y, z: the middle';

CREATE FUNCTION core.system_activity(
    since timestamptz,
    until timestamptz
) RETURNS TABLE (
    system_id integer, name text, region_id integer, region_name text, security double precision, kills bigint, npc_kills bigint,
    solo_kills bigint, attackers bigint, valued bigint, isk_lost numeric, last_kill timestamptz
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        active.system_id, systems.name, systems.region_id, systems.region_name, systems.security, active.kills, active.npc_kills,
        active.solo_kills, active.attackers, active.valued, active.isk_lost, active.last_kill
    FROM (
        SELECT
            kills.system_id, count(*) AS kills, count(*) FILTER (WHERE kills.npc) AS npc_kills,
            count(*) FILTER (WHERE kills.solo) AS solo_kills, sum(kills.attacker_count) AS attackers,
            count(kills.total_value) AS valued, sum(kills.total_value) AS isk_lost, max(kills.kill_time) AS last_kill
        FROM core.kills_fact AS kills
        WHERE kills.kill_time >= since AND kills.kill_time < until
        GROUP BY kills.system_id
    ) AS active
    LEFT JOIN reference.solar_systems AS systems ON active.system_id = systems.system_id
$$;
COMMENT ON FUNCTION core.system_activity IS
'Systems with kills from since to before until, to the second; isk_lost is of the valued kills, null where none is. '
'Whole days are cheaper from mart.activity_daily';

CREATE FUNCTION core.region_activity(
    since timestamptz,
    until timestamptz
) RETURNS TABLE (
    region_id integer, region_name text, systems bigint, kills bigint, npc_kills bigint, solo_kills bigint, attackers bigint,
    valued bigint, isk_lost numeric, last_kill timestamptz
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        active.region_id, active.region_name, count(*), sum(active.kills)::bigint, sum(active.npc_kills)::bigint,
        sum(active.solo_kills)::bigint, sum(active.attackers)::bigint, sum(active.valued)::bigint, sum(active.isk_lost), max(active.last_kill)
    FROM core.system_activity(since, until) AS active
    GROUP BY active.region_id, active.region_name
$$;
COMMENT ON FUNCTION core.region_activity IS
'Regions with kills from since to before until; systems that reference does not know stand in one row without a region';
