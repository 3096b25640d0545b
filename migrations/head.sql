-- The warehouse as all revisions together leave it. Written by `make model`, never by hand and never run by `migrate`:
-- revisions carry their own SQL. What changes here is what a revision changes.

SET check_function_bodies = false; -- functions come before the tables that they read

CREATE SCHEMA candidate;

COMMENT ON SCHEMA candidate IS 'One set of UNLOGGED tables per batch, shaped like core; dropped after promotion, kept while blocked';

CREATE SCHEMA core;

COMMENT ON SCHEMA core IS 'The warehouse: validated killmails and those who took part';

CREATE SCHEMA legacy;

COMMENT ON SCHEMA legacy IS 'Views in the older model''s shape: camelCase columns, ids on victims and attackers, JSON';

CREATE SCHEMA mart;

COMMENT ON SCHEMA mart IS 'What charts read: sums per UTC day and entity, relations and battles, derived from core';

CREATE SCHEMA ops;

COMMENT ON SCHEMA ops IS 'Requests, stages and alerts of the pipeline';

CREATE SCHEMA quality;

COMMENT ON SCHEMA quality IS 'Validation results, quarantine and coverage';

CREATE SCHEMA reference;

COMMENT ON SCHEMA reference IS 'Static data of EVE Online and market prices';

CREATE SCHEMA staging;

COMMENT ON SCHEMA staging IS 'Refs and bodies on their way into core; every row carries its state';

CREATE TYPE core.kill_role AS ENUM (
    'victim',
    'attacker'
);

COMMENT ON TYPE core.kill_role IS 'Whether somebody on a killmail lost the ship or attacked it';

CREATE TYPE mart.counted_by AS ENUM (
    'day',
    'hour',
    'magnitude',
    'at_least',
    'ship',
    'system',
    'member',
    'alliance'
);

COMMENT ON TYPE mart.counted_by IS 'What the rows of sums_daily are counted by';

CREATE TYPE mart.entity_kind AS ENUM (
    'character',
    'corporation',
    'alliance',
    'system'
);

COMMENT ON TYPE mart.entity_kind IS 'What an entity_id is the id of';

CREATE FUNCTION core.attach_part(kill_table text, number bigint, home text DEFAULT 'candidate'::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    part text := kill_table || '_r' || number;
    lower_bound text := CASE WHEN number = 0 THEN 'MINVALUE' ELSE core.first_id(number)::text END;
    upper_bound text := CASE WHEN number = core.last_range() THEN 'MAXVALUE' ELSE core.first_id(number + 1)::text END;
BEGIN
    IF home != 'core' AND to_regclass(format('core.%I', part)) IS NOT NULL THEN
        EXECUTE format('DROP TABLE core.%I', part);
    END IF;
    EXECUTE format(
        'ALTER TABLE core.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%s) TO (%s)', kill_table, home, part, lower_bound, upper_bound
    );
    EXECUTE format('ALTER TABLE %I.%I DROP CONSTRAINT bounds', home, part);
    EXECUTE format('ALTER TABLE %I.%I SET SCHEMA core', home, part);
    EXECUTE format(
        'COMMENT ON TABLE core.%I IS %L',
        part, format('Rows of core.%s: ids from %s to before %s', kill_table, lower_bound, upper_bound)
    );
END
$$;

COMMENT ON FUNCTION core.attach_part(kill_table text, number bigint, home text) IS 'Makes a table that core.index_part has indexed the range of a kill table, in place of the one that was there, which is dropped';

CREATE FUNCTION core.clustered_kills(since timestamp with time zone, until timestamp with time zone, time_gap interval DEFAULT '00:15:00'::interval, distance_gap_m double precision DEFAULT 1000000) RETURNS TABLE(killmail_id bigint, cluster_id bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

COMMENT ON FUNCTION core.clustered_kills(since timestamp with time zone, until timestamp with time zone, time_gap interval, distance_gap_m double precision) IS 'The cluster of each kill from since to before until: the kills of a system are parted wherever two neighbours along x are farther apart than the distance, each part likewise along y, then z, then in time; the lowest killmail id names the cluster. Kills without position count as one place per system';

CREATE FUNCTION core.create_part(kill_table text, number bigint, home text DEFAULT 'candidate'::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    part text := kill_table || '_r' || number;
    bare text := CASE home WHEN 'core' THEN part ELSE part || '_bare' END;
BEGIN
    -- first in core: who reads or loads there may do so with what its owner makes there (include/sql/roles/grant_privileges.sql)
    EXECUTE format('CREATE TABLE core.%I (LIKE %s INCLUDING ALL EXCLUDING INDEXES)', bare, core.shape_of(kill_table));
    IF home != 'core' THEN
        EXECUTE format('ALTER TABLE core.%I SET SCHEMA %I', bare, home);
        EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', home, bare, part);
    END IF;
    EXECUTE format(
        'ALTER TABLE %I.%I ADD CONSTRAINT bounds CHECK (killmail_id BETWEEN %s AND %s)', -- attaching then reads nothing
        home, part, core.first_id(number), core.last_id(number)
    );
END
$$;

COMMENT ON FUNCTION core.create_part(kill_table text, number bigint, home text) IS 'Creates the table that is to be a range of a kill table in a schema, without keys and indexes, with a CHECK of its bounds';

CREATE FUNCTION core.drop_part(kill_table text, number bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('DROP TABLE candidate.%I', kill_table || '_r' || number);
END
$$;

COMMENT ON FUNCTION core.drop_part(kill_table text, number bigint) IS 'Drops a table that core.create_part has made and that is not attached';

CREATE FUNCTION core.first_id(number bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT CASE WHEN $1 = 0 THEN cast(-9223372036854775808 AS bigint) ELSE $1 * core.range_width() END
$_$;

COMMENT ON FUNCTION core.first_id(number bigint) IS 'The least id that the range of this number may have';

CREATE FUNCTION core.index_part(kill_table text, number bigint, home text DEFAULT 'candidate'::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    part text := kill_table || '_r' || number;
    wanted record;
BEGIN
    FOR wanted IN
        SELECT
            indexes.relname || '_r' || number AS name,
            pg_index.indisprimary AS is_key,
            CASE WHEN pg_index.indisunique THEN 'UNIQUE' ELSE '' END AS kind,
            substring(pg_get_indexdef(pg_index.indexrelid) FROM 'USING .*') AS definition
        FROM pg_index
        INNER JOIN pg_class AS indexes ON pg_index.indexrelid = indexes.oid
        WHERE pg_index.indrelid = to_regclass(format('core.%I', kill_table))
        ORDER BY indexes.oid
    LOOP
        EXECUTE format('CREATE %s INDEX %I ON %I.%I %s', wanted.kind, wanted.name, home, part, wanted.definition);
        IF wanted.is_key THEN
            EXECUTE format('ALTER TABLE %I.%I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %3$I', home, part, wanted.name);
        END IF;
    END LOOP;
END
$_$;

COMMENT ON FUNCTION core.index_part(kill_table text, number bigint, home text) IS 'Gives a table that core.create_part has made the key and the indexes of its kill table';

CREATE FUNCTION core.is_npc(character_id bigint, corporation_id bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT coalesce($1 <= 3999999, TRUE) AND coalesce($2 <= 1999999, TRUE)
$_$;

COMMENT ON FUNCTION core.is_npc(character_id bigint, corporation_id bigint) IS 'Whether somebody with these ids (null: has none) is an NPC by zKillboard''s rule: neither a player''s character nor of a player corporation; of one id alone, ask with null for the other';

CREATE FUNCTION core.kill_clusters(since timestamp with time zone, until timestamp with time zone, least_kills integer DEFAULT 3, time_gap interval DEFAULT '00:15:00'::interval, distance_gap_m double precision DEFAULT 1000000) RETURNS TABLE(cluster_id bigint, kind text, system_id integer, first_kill timestamp with time zone, last_kill timestamp with time zone, kills integer, pilots integer, valued integer, isk_lost numeric, x double precision, y double precision, z double precision, killmail_ids bigint[])
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

COMMENT ON FUNCTION core.kill_clusters(since timestamp with time zone, until timestamp with time zone, least_kills integer, time_gap interval, distance_gap_m double precision) IS 'Clusters (see core.clustered_kills) of at least so many kills. kind: fight, where an alliance (or corporation without one) both kills and loses; camp, where those who kill lose nothing; other, where only NPCs, or pilots of NPC corporations, kill. isk_lost is of the valued kills, null where none is. x, y, z: the middle';

CREATE FUNCTION core.kills_within(solar_system integer, x double precision, y double precision, z double precision, radius_m double precision, since timestamp with time zone DEFAULT '-infinity'::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone) RETURNS TABLE(killmail_id bigint, kill_time timestamp with time zone, distance_m double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

COMMENT ON FUNCTION core.kills_within(solar_system integer, x double precision, y double precision, z double precision, radius_m double precision, since timestamp with time zone, until timestamp with time zone) IS 'Kills within a radius (metres) of a point in a system, from since to before until; kills without position are left out';

CREATE FUNCTION core.last_id(number bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT CASE WHEN $1 = core.last_range() THEN cast(9223372036854775807 AS bigint) ELSE ($1 + 1) * core.range_width() - 1 END
$_$;

COMMENT ON FUNCTION core.last_id(number bigint) IS 'The greatest id that the range of this number may have';

CREATE FUNCTION core.last_range() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT 1000000000 / core.range_width()
$$;

COMMENT ON FUNCTION core.last_range() IS 'Number of the last range, which has all ids from a billion on';

CREATE FUNCTION core.make_ranges(numbers bigint[], kill_tables text[] DEFAULT NULL::text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    wanted record;
    made integer := 0;
BEGIN
    FOR wanted IN
        SELECT
            ranges.number,
            tables.relname::text AS kill_table,
            format('core.%I', tables.relname || '_r' || ranges.number) AS part
        FROM (SELECT DISTINCT unnest(numbers) AS number) AS ranges
        CROSS JOIN pg_partitioned_table AS partitioned
        INNER JOIN pg_class AS tables ON partitioned.partrelid = tables.oid AND tables.relnamespace = 'core'::regnamespace
        WHERE ranges.number BETWEEN 0 AND core.last_range() AND coalesce(tables.relname = any(kill_tables), TRUE)
        ORDER BY ranges.number, tables.oid
    LOOP
        CONTINUE WHEN to_regclass(wanted.part) IS NOT NULL;
        EXECUTE format('LOCK TABLE ONLY core.%I IN SHARE UPDATE EXCLUSIVE MODE', wanted.kill_table);
        CONTINUE WHEN to_regclass(wanted.part) IS NOT NULL;
        PERFORM core.create_part(wanted.kill_table, wanted.number, 'core');
        PERFORM core.index_part(wanted.kill_table, wanted.number, 'core');
        PERFORM core.attach_part(wanted.kill_table, wanted.number, 'core');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

COMMENT ON FUNCTION core.make_ranges(numbers bigint[], kill_tables text[]) IS 'Makes the ranges of these numbers in all kill tables, or in these, where they are not there yet; returns how many tables were made';

CREATE FUNCTION core.nearest_kills(solar_system integer, x double precision, y double precision, z double precision, how_many integer DEFAULT 10) RETURNS TABLE(killmail_id bigint, kill_time timestamp with time zone, distance_m double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
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

COMMENT ON FUNCTION core.nearest_kills(solar_system integer, x double precision, y double precision, z double precision, how_many integer) IS 'The kills nearest to a point (metres) in a system, nearest first; kills without position are left out';

CREATE FUNCTION core.range_of(killmail_id bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT greatest(0, least($1 / core.range_width(), core.last_range()))
$_$;

COMMENT ON FUNCTION core.range_of(killmail_id bigint) IS 'Number of the range of the kill tables that a killmail is in';

CREATE FUNCTION core.range_width() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT cast(5000000 AS bigint)
$$;

COMMENT ON FUNCTION core.range_width() IS 'How many ids a range of the kill tables has';

CREATE FUNCTION core.region_activity(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(region_id integer, region_name text, systems bigint, kills bigint, npc_kills bigint, solo_kills bigint, attackers bigint, valued bigint, isk_lost numeric, last_kill timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT
        active.region_id, active.region_name, count(*), sum(active.kills)::bigint, sum(active.npc_kills)::bigint,
        sum(active.solo_kills)::bigint, sum(active.attackers)::bigint, sum(active.valued)::bigint, sum(active.isk_lost), max(active.last_kill)
    FROM core.system_activity(since, until) AS active
    GROUP BY active.region_id, active.region_name
$$;

COMMENT ON FUNCTION core.region_activity(since timestamp with time zone, until timestamp with time zone) IS 'Regions with kills from since to before until; systems that reference does not know stand in one row without a region';

CREATE FUNCTION core.shape_of(core_table text) RETURNS regclass
    LANGUAGE sql STABLE
    AS $_$
    SELECT coalesce(to_regclass(format('core.%I', $1 || '_r' || core.last_range())), to_regclass(format('core.%I', $1)))
$_$;

COMMENT ON FUNCTION core.shape_of(core_table text) IS 'The table to make others LIKE that are to have the columns of this table of core: of a kill table its last range, else itself';

CREATE FUNCTION core.system_activity(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(system_id integer, name text, region_id integer, region_name text, security double precision, kills bigint, npc_kills bigint, solo_kills bigint, attackers bigint, valued bigint, isk_lost numeric, last_kill timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

COMMENT ON FUNCTION core.system_activity(since timestamp with time zone, until timestamp with time zone) IS 'Systems with kills from since to before until, to the second; isk_lost is of the valued kills, null where none is. Whole days are cheaper from mart.activity_daily';

CREATE FUNCTION mart.fleet_size(players integer) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT (ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]::smallint[])[
        width_bucket($1, ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000])
    ]
$_$;

COMMENT ON FUNCTION mart.fleet_size(players integer) IS 'The class of so many attackers: the smallest number in it';

CREATE FUNCTION mart.known_isk(isk numeric, valued numeric, killmails numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT CASE WHEN $2 > 0 OR $3 = 0 THEN $1 END
$_$;

COMMENT ON FUNCTION mart.known_isk(isk numeric, valued numeric, killmails numeric) IS 'A sum of ISK over killmails of which so many have a value: null where there are some and none of them has one';

CREATE FUNCTION mart.magnitude(isk bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT coalesce(
        width_bucket($1, ARRAY[
            1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
        ]::bigint[]),
        -1
    )::smallint
$_$;

COMMENT ON FUNCTION mart.magnitude(isk bigint) IS 'The power of ten of a value: n from 10^n to under 10^(n+1) ISK, 0 under 10 ISK, -1 without a value';

CREATE FUNCTION ops.seconds_left(until timestamp with time zone, longest double precision, at timestamp with time zone DEFAULT statement_timestamp()) RETURNS double precision
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN until > at AND until <= at + make_interval(secs => 1.1 * longest + 1)
            THEN least(extract(EPOCH FROM until - at)::double precision, longest)
        ELSE 0
    END
$$;

COMMENT ON FUNCTION ops.seconds_left(until timestamp with time zone, longest double precision, at timestamp with time zone) IS 'Seconds to a stored time, `longest` at most; 0 where it is null, over, or by a clock that was set back since';

CREATE FUNCTION quality.add_expectation_days() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO quality.expectation_days AS days (
        table_name, expectation, day, column_name, severity, why, runs, failures, unexpected
    )
    SELECT
        added.table_name, added.expectation, (runs.started_at AT TIME ZONE 'UTC')::date,
        max(added.column_name), min(added.severity), max(added.why),
        count(*), count(*) FILTER (WHERE NOT added.success), coalesce(sum(added.unexpected_count), 0)
    FROM added
    INNER JOIN quality.validation_runs AS runs ON added.run_id = runs.run_id
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (table_name, expectation, day) DO UPDATE SET
        column_name = excluded.column_name,
        severity = excluded.severity,
        why = excluded.why,
        runs = days.runs + excluded.runs,
        failures = days.failures + excluded.failures,
        unexpected = days.unexpected + excluded.unexpected;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION quality.add_expectation_days() IS 'Adds new results to quality.expectation_days';

CREATE FUNCTION quality.add_validation_days() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO quality.validation_days AS days (
        day, outcome, runs, claimed, promoted, quarantined, known, gone
    )
    SELECT
        (started_at AT TIME ZONE 'UTC')::date, outcome, count(*),
        sum(claimed), sum(promoted), sum(quarantined), sum(known), sum(gone)
    FROM added
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (day, outcome) DO UPDATE SET
        runs = days.runs + excluded.runs,
        claimed = days.claimed + excluded.claimed,
        promoted = days.promoted + excluded.promoted,
        quarantined = days.quarantined + excluded.quarantined,
        known = days.known + excluded.known,
        gone = days.gone + excluded.gone;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION quality.add_validation_days() IS 'Adds new or changed runs to quality.validation_days';

CREATE FUNCTION quality.subtract_validation_days() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE quality.validation_days AS days
    SET
        runs = days.runs - gone_by.runs,
        claimed = days.claimed - gone_by.claimed,
        promoted = days.promoted - gone_by.promoted,
        quarantined = days.quarantined - gone_by.quarantined,
        known = days.known - gone_by.known,
        gone = days.gone - gone_by.gone
    FROM (
        SELECT
            (started_at AT TIME ZONE 'UTC')::date AS day, outcome, count(*) AS runs,
            sum(claimed) AS claimed, sum(promoted) AS promoted, sum(quarantined) AS quarantined,
            sum(known) AS known, sum(gone) AS gone
        FROM changed
        GROUP BY 1, 2
    ) AS gone_by
    WHERE days.day = gone_by.day AND days.outcome = gone_by.outcome;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION quality.subtract_validation_days() IS 'Takes runs as they were before a change out of quality.validation_days';

CREATE FUNCTION reference.price_on(wanted_type integer, wanted_day date) RETURNS TABLE(average numeric, price_day date, age_days integer, source text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT found.average, found.day, wanted_day - found.day, found.source
    FROM (
        (
            SELECT earlier.average, earlier.day, earlier.source
            FROM reference.market_prices AS earlier
            WHERE earlier.type_id = wanted_type AND earlier.day BETWEEN wanted_day - 365 AND wanted_day
            ORDER BY earlier.day DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT later.average, later.day, later.source
            FROM reference.market_prices AS later
            WHERE later.type_id = wanted_type AND later.day BETWEEN wanted_day + 1 AND wanted_day + 30
            ORDER BY later.day ASC
            LIMIT 1
        )
    ) AS found
    ORDER BY found.day > wanted_day
    LIMIT 1
$$;

COMMENT ON FUNCTION reference.price_on(wanted_type integer, wanted_day date) IS 'Price of a type on a UTC day with its age in days; negative: from a later day';

CREATE TABLE core.alliances (
    eve_id bigint NOT NULL,
    name text,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    name_at timestamp with time zone,
    name_refusals integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE core.alliances IS 'Alliances seen on killmails';

COMMENT ON COLUMN core.alliances.eve_id IS 'EVE''s id';

COMMENT ON COLUMN core.alliances.name IS 'Name by ESI; null until resolved';

COMMENT ON COLUMN core.alliances.first_seen IS 'Time of the earliest kill';

COMMENT ON COLUMN core.alliances.last_seen IS 'Time of the latest kill';

COMMENT ON COLUMN core.alliances.name_at IS 'When ESI last gave the name, or said that there is none; null if never asked';

COMMENT ON COLUMN core.alliances.name_refusals IS 'How often in a row ESI has refused the id; it is asked again ever later';

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
    final_blow boolean NOT NULL
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kill_attackers IS 'One row per attacker of a killmail, players and NPCs';

COMMENT ON COLUMN core.kill_attackers.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_attackers.character_id IS 'Pilot; null for most NPCs (some have characters), structures, deployables and drones';

COMMENT ON COLUMN core.kill_attackers.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_attackers.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_attackers.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.kill_attackers.damage_done IS 'Hit points';

COMMENT ON COLUMN core.kill_attackers.security_status IS 'Pilot''s security status, -10 to 10';

COMMENT ON COLUMN core.kill_attackers.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';

COMMENT ON COLUMN core.kill_attackers.weapon_type_id IS 'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';

COMMENT ON COLUMN core.kill_attackers.attacker_index IS 'Position in ESI''s array, from 0';

COMMENT ON COLUMN core.kill_attackers.final_blow IS 'Whether this attacker struck the final blow';

CREATE TABLE core.kills_fact (
    killmail_id bigint NOT NULL,
    kill_time timestamp with time zone NOT NULL,
    promoted_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
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
    zkb_fitted_value numeric(20,2),
    zkb_dropped_value numeric(20,2),
    zkb_destroyed_value numeric(20,2),
    priced_dropped_value numeric(20,2),
    priced_destroyed_value numeric(20,2),
    labels text[],
    total_value bigint GENERATED ALWAYS AS (COALESCE(zkb_total_value, priced_value)),
    value_source text GENERATED ALWAYS AS (
CASE
    WHEN (zkb_total_value IS NOT NULL) THEN 'zkb'::text
    WHEN (priced_value IS NOT NULL) THEN 'prices'::text
    ELSE NULL::text
END),
    fitted_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_fitted_value
    ELSE NULL::numeric
END),
    dropped_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_dropped_value
    ELSE priced_dropped_value
END),
    destroyed_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_destroyed_value
    ELSE priced_destroyed_value
END),
    points integer GENERATED ALWAYS AS (COALESCE(zkb_points, rule_points)),
    points_source text GENERATED ALWAYS AS (
CASE
    WHEN (zkb_points IS NOT NULL) THEN 'zkb'::text
    WHEN (rule_points IS NOT NULL) THEN 'rule'::text
    ELSE NULL::text
END),
    npc boolean GENERATED ALWAYS AS (COALESCE(zkb_npc, rule_npc)),
    solo boolean GENERATED ALWAYS AS (COALESCE(zkb_solo, rule_solo)),
    awox boolean GENERATED ALWAYS AS (COALESCE(zkb_awox, rule_awox))
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kills_fact IS 'One row per killmail';

COMMENT ON COLUMN core.kills_fact.killmail_id IS 'EVE''s id of the killmail';

COMMENT ON COLUMN core.kills_fact.kill_time IS 'When the victim was destroyed';

COMMENT ON COLUMN core.kills_fact.promoted_at IS 'When it was promoted, or replaced by another body';

COMMENT ON COLUMN core.kills_fact.changed_at IS 'When anything of it last changed: body, values, points, flags, prices of items. Rises from one promotion or revaluation to the next';

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

COMMENT ON COLUMN core.kills_fact.zkb_destroyed_value IS 'ISK by zKillboard of what was destroyed, hull included; null where it gave none';

COMMENT ON COLUMN core.kills_fact.priced_dropped_value IS 'ISK at the prices of its day of what dropped; null where priced_value is';

COMMENT ON COLUMN core.kills_fact.priced_destroyed_value IS 'ISK at the prices of its day of what was destroyed, hull included; null where priced_value is';

COMMENT ON COLUMN core.kills_fact.labels IS 'zKillboard''s labels';

COMMENT ON COLUMN core.kills_fact.total_value IS 'ISK, rounded half up: zKillboard''s, else ours; null where nobody has valued it yet';

COMMENT ON COLUMN core.kills_fact.value_source IS 'zkb (given), prices (worked out), null (unvalued)';

COMMENT ON COLUMN core.kills_fact.fitted_value IS 'ISK of the hull and of what was fitted, dropped or destroyed; zKillboard''s alone, null where it gave none';

COMMENT ON COLUMN core.kills_fact.dropped_value IS 'ISK dropped';

COMMENT ON COLUMN core.kills_fact.destroyed_value IS 'ISK destroyed, hull included';

COMMENT ON COLUMN core.kills_fact.points IS 'Points as zKillboard counts them: given by it, else worked out by our rule';

COMMENT ON COLUMN core.kills_fact.points_source IS 'zkb (given) or rule (worked out)';

COMMENT ON COLUMN core.kills_fact.npc IS 'All attackers are NPCs (core.is_npc), or the victim is a structure of an NPC corporation, which players may have killed';

COMMENT ON COLUMN core.kills_fact.solo IS 'One player''s character attacked at most (beside NPCs; now and then none, but drones or deployables), no structure did, and what was lost is a ship, but no capsule, shuttle or rookie ship';

COMMENT ON COLUMN core.kills_fact.awox IS 'The final blow was by the victim''s own player corporation';

CREATE TABLE reference.groups (
    group_id integer NOT NULL,
    name text NOT NULL,
    category_id integer NOT NULL
);

COMMENT ON TABLE reference.groups IS 'Groups of types';

COMMENT ON COLUMN reference.groups.group_id IS 'EVE''s id of the group';

COMMENT ON COLUMN reference.groups.name IS 'Name';

COMMENT ON COLUMN reference.groups.category_id IS 'Category';

CREATE TABLE reference.types (
    type_id integer NOT NULL,
    name text NOT NULL,
    group_id integer NOT NULL,
    meta_level integer,
    heat_damage double precision,
    rig_size integer
);

COMMENT ON TABLE reference.types IS 'Types of ships, modules, charges and everything else';

COMMENT ON COLUMN reference.types.type_id IS 'EVE''s id of the type';

COMMENT ON COLUMN reference.types.name IS 'Name';

COMMENT ON COLUMN reference.types.group_id IS 'Group';

COMMENT ON COLUMN reference.types.meta_level IS 'Attribute 633';

COMMENT ON COLUMN reference.types.heat_damage IS 'Attribute 1211';

COMMENT ON COLUMN reference.types.rig_size IS 'Attribute 1547';

CREATE VIEW core.attackers_fact AS
 SELECT attackers.killmail_id,
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
    (COALESCE(((GREATEST(attackers.damage_done, (0)::bigint))::numeric / NULLIF(damage.total, (0)::numeric)), (0)::numeric))::double precision AS damage_share,
    array_position(damage.ranked, attackers.damage_done) AS damage_rank,
    attackers.final_blow,
    core.is_npc(attackers.character_id, attackers.corporation_id) AS is_npc,
    COALESCE((ship_groups.category_id = 65), false) AS is_structure
   FROM ((((core.kill_attackers attackers
     JOIN core.kills_fact kills USING (killmail_id))
     LEFT JOIN reference.types ships ON ((attackers.ship_type_id = ships.type_id)))
     LEFT JOIN reference.groups ship_groups ON ((ships.group_id = ship_groups.group_id)))
     CROSS JOIN LATERAL ( SELECT sum(GREATEST(others.damage_done, (0)::bigint)) AS total,
            array_agg(others.damage_done ORDER BY others.damage_done DESC) AS ranked
           FROM core.kill_attackers others
          WHERE (others.killmail_id = attackers.killmail_id)) damage);

COMMENT ON VIEW core.attackers_fact IS 'One row per attacker of a killmail, with its share of the damage, its rank and what it was';

COMMENT ON COLUMN core.attackers_fact.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.attackers_fact.attacker_index IS 'Position in ESI''s array, from 0';

COMMENT ON COLUMN core.attackers_fact.kill_time IS 'When the victim was destroyed';

COMMENT ON COLUMN core.attackers_fact.system_id IS 'Solar system';

COMMENT ON COLUMN core.attackers_fact.character_id IS 'Pilot; null for most NPCs (some have characters), structures, deployables and drones';

COMMENT ON COLUMN core.attackers_fact.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.attackers_fact.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.attackers_fact.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.attackers_fact.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';

COMMENT ON COLUMN core.attackers_fact.weapon_type_id IS 'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';

COMMENT ON COLUMN core.attackers_fact.security_status IS 'Pilot''s security status, -10 to 10';

COMMENT ON COLUMN core.attackers_fact.damage_done IS 'Hit points; below 0 on some old killmails';

COMMENT ON COLUMN core.attackers_fact.damage_share IS '0 to 1: of all damage done on the killmail, damage below 0 counting as 0; 0 for all where nobody did any';

COMMENT ON COLUMN core.attackers_fact.damage_rank IS '1 for most damage; equals share a rank, and the next one is skipped';

COMMENT ON COLUMN core.attackers_fact.final_blow IS 'Whether this attacker struck the final blow';

COMMENT ON COLUMN core.attackers_fact.is_npc IS 'Neither a player''s character nor of a player corporation';

COMMENT ON COLUMN core.attackers_fact.is_structure IS 'Its ship is of category 65, by reference.groups; false where the type is unknown';

CREATE TABLE core.characters (
    eve_id bigint NOT NULL,
    name text,
    corporation_id bigint,
    alliance_id bigint,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    affiliation_at timestamp with time zone,
    name_at timestamp with time zone,
    name_refusals integer DEFAULT 0 NOT NULL
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
    eve_id bigint NOT NULL,
    name text,
    alliance_id bigint,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    affiliation_at timestamp with time zone,
    name_at timestamp with time zone,
    name_refusals integer DEFAULT 0 NOT NULL
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

CREATE VIEW core.attackers_named AS
 SELECT attackers.killmail_id,
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
   FROM (((((core.kill_attackers attackers
     LEFT JOIN core.characters ON ((attackers.character_id = characters.eve_id)))
     LEFT JOIN core.corporations ON ((attackers.corporation_id = corporations.eve_id)))
     LEFT JOIN core.alliances ON ((attackers.alliance_id = alliances.eve_id)))
     LEFT JOIN reference.types ships ON ((attackers.ship_type_id = ships.type_id)))
     LEFT JOIN reference.types weapons ON ((attackers.weapon_type_id = weapons.type_id)));

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

CREATE TABLE core.kill_victims (
    killmail_id bigint NOT NULL,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    ship_type_id integer NOT NULL,
    damage_taken bigint NOT NULL
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kill_victims IS 'One row per killmail: who lost what';

COMMENT ON COLUMN core.kill_victims.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_victims.character_id IS 'Pilot; null for what nobody flew: structures, deployables, drones, and ships without a pilot';

COMMENT ON COLUMN core.kill_victims.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_victims.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_victims.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.kill_victims.ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_victims.damage_taken IS 'Hit points';

CREATE VIEW core.damage_fact AS
 SELECT victims.killmail_id,
    victims.damage_taken,
    damage.damage_done,
    damage.attackers,
    damage.damaging_attackers,
    (COALESCE((damage.most / NULLIF(damage.total, (0)::numeric)), (0)::numeric))::double precision AS top_share,
    (COALESCE((damage.final_blow / NULLIF(damage.total, (0)::numeric)), (0)::numeric))::double precision AS final_blow_share,
    (COALESCE((damage.npc / NULLIF(damage.total, (0)::numeric)), (0)::numeric))::double precision AS npc_share,
    damage.distribution
   FROM (core.kill_victims victims
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS attackers,
            (count(*) FILTER (WHERE (attackers.damage_done > 0)))::integer AS damaging_attackers,
            (COALESCE(sum(attackers.damage_done), (0)::numeric))::bigint AS damage_done,
            sum(GREATEST(attackers.damage_done, (0)::bigint)) AS total,
            (GREATEST(max(attackers.damage_done), (0)::bigint))::numeric AS most,
            sum(GREATEST(attackers.damage_done, (0)::bigint)) FILTER (WHERE attackers.final_blow) AS final_blow,
            sum(GREATEST(attackers.damage_done, (0)::bigint)) FILTER (WHERE core.is_npc(attackers.character_id, attackers.corporation_id)) AS npc,
            COALESCE(array_agg(attackers.damage_done ORDER BY attackers.damage_done DESC), '{}'::bigint[]) AS distribution
           FROM core.kill_attackers attackers
          WHERE (attackers.killmail_id = victims.killmail_id)) damage);

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

CREATE TABLE reference.solar_systems (
    system_id integer NOT NULL,
    name text NOT NULL,
    constellation_id integer,
    constellation_name text,
    region_id integer,
    region_name text,
    security double precision,
    security_class text,
    x double precision,
    y double precision,
    z double precision
);

COMMENT ON TABLE reference.solar_systems IS 'Solar systems with their constellation and region';

COMMENT ON COLUMN reference.solar_systems.system_id IS 'EVE''s id of the system';

COMMENT ON COLUMN reference.solar_systems.name IS 'Name';

COMMENT ON COLUMN reference.solar_systems.constellation_id IS 'Constellation';

COMMENT ON COLUMN reference.solar_systems.constellation_name IS 'Its name';

COMMENT ON COLUMN reference.solar_systems.region_id IS 'Region';

COMMENT ON COLUMN reference.solar_systems.region_name IS 'Its name';

COMMENT ON COLUMN reference.solar_systems.security IS 'True security status, -1 to 1';

COMMENT ON COLUMN reference.solar_systems.security_class IS 'CCP''s security class';

COMMENT ON COLUMN reference.solar_systems.x IS 'Metres in the universe';

COMMENT ON COLUMN reference.solar_systems.y IS 'Metres in the universe';

COMMENT ON COLUMN reference.solar_systems.z IS 'Metres in the universe';

CREATE VIEW core.entities_named AS
 SELECT 'character'::text AS entity_kind,
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
   FROM ((core.characters entities
     LEFT JOIN core.corporations ON ((entities.corporation_id = corporations.eve_id)))
     LEFT JOIN core.alliances ON ((entities.alliance_id = alliances.eve_id)))
UNION ALL
 SELECT 'corporation'::text AS entity_kind,
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
   FROM (core.corporations entities
     LEFT JOIN core.alliances ON ((entities.alliance_id = alliances.eve_id)))
UNION ALL
 SELECT 'alliance'::text AS entity_kind,
    alliances.eve_id AS entity_id,
    alliances.name,
    NULL::bigint AS corporation_id,
    NULL::text AS corporation_name,
    NULL::bigint AS alliance_id,
    NULL::text AS alliance_name,
    NULL::text AS constellation_name,
    NULL::integer AS region_id,
    NULL::text AS region_name,
    NULL::double precision AS security,
    alliances.first_seen,
    alliances.last_seen
   FROM core.alliances
UNION ALL
 SELECT 'system'::text AS entity_kind,
    (solar_systems.system_id)::bigint AS entity_id,
    solar_systems.name,
    NULL::bigint AS corporation_id,
    NULL::text AS corporation_name,
    NULL::bigint AS alliance_id,
    NULL::text AS alliance_name,
    solar_systems.constellation_name,
    solar_systems.region_id,
    solar_systems.region_name,
    solar_systems.security,
    NULL::timestamp with time zone AS first_seen,
    NULL::timestamp with time zone AS last_seen
   FROM reference.solar_systems;

COMMENT ON VIEW core.entities_named IS 'One row per character, corporation, alliance and solar system, with the names of what it belongs to now';

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

CREATE TABLE core.kill_items (
    killmail_id bigint NOT NULL,
    quantity_dropped bigint NOT NULL,
    quantity_destroyed bigint NOT NULL,
    type_id integer NOT NULL,
    item_index smallint NOT NULL,
    parent_index smallint,
    flag smallint NOT NULL,
    singleton smallint NOT NULL,
    unit_price numeric(20,2)
)
PARTITION BY RANGE (killmail_id);

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

CREATE VIEW core.items_named AS
 SELECT items.killmail_id,
    items.item_index,
    items.parent_index,
    items.type_id,
    types.name AS type_name,
    items.flag,
    items.singleton,
    items.quantity_dropped,
    items.quantity_destroyed,
    items.unit_price
   FROM (core.kill_items items
     LEFT JOIN reference.types ON ((items.type_id = types.type_id)));

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

CREATE TABLE core.kill_alliances (
    killmail_id bigint NOT NULL,
    alliance_id bigint NOT NULL,
    kill_time timestamp with time zone NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED NOT NULL,
    system_id integer NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    role core.kill_role NOT NULL,
    attacker_count smallint NOT NULL,
    players smallint NOT NULL,
    pilots smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED NOT NULL,
    also_attacked boolean NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kill_alliances IS 'One row per killmail and alliance that lost the ship, or attacked with somebody who is no NPC (core.is_npc), with the facts of the killmail that its pages need';

COMMENT ON COLUMN core.kill_alliances.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_alliances.alliance_id IS 'The alliance';

COMMENT ON COLUMN core.kill_alliances.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_alliances.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_alliances.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_alliances.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_alliances.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_alliances.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_alliances.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_alliances.pilots IS 'Different characters of it that attacked, NPCs not counted';

COMMENT ON COLUMN core.kill_alliances.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_alliances.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_alliances.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_alliances.solo IS 'The killmail''s';

CREATE TABLE core.kill_alliances_r0 (
    killmail_id bigint CONSTRAINT kill_alliances_killmail_id_not_null NOT NULL,
    alliance_id bigint CONSTRAINT kill_alliances_alliance_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kill_alliances_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_alliances_damage_done_not_null NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_alliances_day_not_null NOT NULL,
    system_id integer CONSTRAINT kill_alliances_system_id_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_alliances_victim_ship_type_id_not_null NOT NULL,
    role core.kill_role CONSTRAINT kill_alliances_role_not_null NOT NULL,
    attacker_count smallint CONSTRAINT kill_alliances_attacker_count_not_null NOT NULL,
    players smallint CONSTRAINT kill_alliances_players_not_null NOT NULL,
    pilots smallint CONSTRAINT kill_alliances_pilots_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_alliances_hour_not_null NOT NULL,
    also_attacked boolean CONSTRAINT kill_alliances_also_attacked_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_alliances_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_alliances_r0 IS 'Rows of core.kill_alliances: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_alliances_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_alliances_r0.alliance_id IS 'The alliance';

COMMENT ON COLUMN core.kill_alliances_r0.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r0.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r0.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_alliances_r0.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_alliances_r0.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_alliances_r0.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r0.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r0.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_alliances_r0.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_alliances_r0.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_alliances_r0.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_alliances_r0.pilots IS 'Different characters of it that attacked, NPCs not counted';

COMMENT ON COLUMN core.kill_alliances_r0.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_alliances_r0.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_alliances_r0.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_alliances_r0.solo IS 'The killmail''s';

CREATE TABLE core.kill_alliances_r200 (
    killmail_id bigint CONSTRAINT kill_alliances_killmail_id_not_null NOT NULL,
    alliance_id bigint CONSTRAINT kill_alliances_alliance_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kill_alliances_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_alliances_damage_done_not_null NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_alliances_day_not_null NOT NULL,
    system_id integer CONSTRAINT kill_alliances_system_id_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_alliances_victim_ship_type_id_not_null NOT NULL,
    role core.kill_role CONSTRAINT kill_alliances_role_not_null NOT NULL,
    attacker_count smallint CONSTRAINT kill_alliances_attacker_count_not_null NOT NULL,
    players smallint CONSTRAINT kill_alliances_players_not_null NOT NULL,
    pilots smallint CONSTRAINT kill_alliances_pilots_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_alliances_hour_not_null NOT NULL,
    also_attacked boolean CONSTRAINT kill_alliances_also_attacked_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_alliances_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_alliances_r200 IS 'Rows of core.kill_alliances: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_alliances_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_alliances_r200.alliance_id IS 'The alliance';

COMMENT ON COLUMN core.kill_alliances_r200.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r200.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r200.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_alliances_r200.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_alliances_r200.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_alliances_r200.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r200.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_alliances_r200.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_alliances_r200.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_alliances_r200.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_alliances_r200.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_alliances_r200.pilots IS 'Different characters of it that attacked, NPCs not counted';

COMMENT ON COLUMN core.kill_alliances_r200.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_alliances_r200.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_alliances_r200.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_alliances_r200.solo IS 'The killmail''s';

CREATE TABLE core.kill_attackers_r0 (
    killmail_id bigint CONSTRAINT kill_attackers_killmail_id_not_null NOT NULL,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    damage_done bigint CONSTRAINT kill_attackers_damage_done_not_null NOT NULL,
    security_status double precision CONSTRAINT kill_attackers_security_status_not_null NOT NULL,
    ship_type_id integer,
    weapon_type_id integer,
    attacker_index smallint CONSTRAINT kill_attackers_attacker_index_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_attackers_final_blow_not_null NOT NULL
);

COMMENT ON TABLE core.kill_attackers_r0 IS 'Rows of core.kill_attackers: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_attackers_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_attackers_r0.character_id IS 'Pilot; null for most NPCs (some have characters), structures, deployables and drones';

COMMENT ON COLUMN core.kill_attackers_r0.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_attackers_r0.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_attackers_r0.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.kill_attackers_r0.damage_done IS 'Hit points';

COMMENT ON COLUMN core.kill_attackers_r0.security_status IS 'Pilot''s security status, -10 to 10';

COMMENT ON COLUMN core.kill_attackers_r0.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';

COMMENT ON COLUMN core.kill_attackers_r0.weapon_type_id IS 'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';

COMMENT ON COLUMN core.kill_attackers_r0.attacker_index IS 'Position in ESI''s array, from 0';

COMMENT ON COLUMN core.kill_attackers_r0.final_blow IS 'Whether this attacker struck the final blow';

CREATE TABLE core.kill_attackers_r200 (
    killmail_id bigint CONSTRAINT kill_attackers_killmail_id_not_null NOT NULL,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    damage_done bigint CONSTRAINT kill_attackers_damage_done_not_null NOT NULL,
    security_status double precision CONSTRAINT kill_attackers_security_status_not_null NOT NULL,
    ship_type_id integer,
    weapon_type_id integer,
    attacker_index smallint CONSTRAINT kill_attackers_attacker_index_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_attackers_final_blow_not_null NOT NULL
);

COMMENT ON TABLE core.kill_attackers_r200 IS 'Rows of core.kill_attackers: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_attackers_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_attackers_r200.character_id IS 'Pilot; null for most NPCs (some have characters), structures, deployables and drones';

COMMENT ON COLUMN core.kill_attackers_r200.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_attackers_r200.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_attackers_r200.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.kill_attackers_r200.damage_done IS 'Hit points';

COMMENT ON COLUMN core.kill_attackers_r200.security_status IS 'Pilot''s security status, -10 to 10';

COMMENT ON COLUMN core.kill_attackers_r200.ship_type_id IS 'Type of the attacker''s ship; null where it is not known';

COMMENT ON COLUMN core.kill_attackers_r200.weapon_type_id IS 'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';

COMMENT ON COLUMN core.kill_attackers_r200.attacker_index IS 'Position in ESI''s array, from 0';

COMMENT ON COLUMN core.kill_attackers_r200.final_blow IS 'Whether this attacker struck the final blow';

CREATE TABLE core.kill_characters (
    killmail_id bigint NOT NULL,
    character_id bigint NOT NULL,
    corporation_id bigint,
    alliance_id bigint,
    kill_time timestamp with time zone NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED NOT NULL,
    system_id integer NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    ship_type_id integer,
    role core.kill_role NOT NULL,
    attacker_count smallint NOT NULL,
    players smallint NOT NULL,
    pilots smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED NOT NULL,
    also_attacked boolean NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kill_characters IS 'One row per killmail and character that it names, NPCs as well, with the facts of the killmail that its pages need';

COMMENT ON COLUMN core.kill_characters.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_characters.character_id IS 'The character';

COMMENT ON COLUMN core.kill_characters.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_characters.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_characters.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters.damage_done IS 'Hit points; of one that attacks as an NPC and as a player, as a player alone';

COMMENT ON COLUMN core.kill_characters.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_characters.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_characters.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_characters.ship_type_id IS 'Type of the ship that it attacked in, the first where it is listed twice; null where that is not known, and for a mere victim';

COMMENT ON COLUMN core.kill_characters.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_characters.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_characters.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_characters.pilots IS '1 where it attacked and is no NPC (core.is_npc), else 0';

COMMENT ON COLUMN core.kill_characters.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_characters.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_characters.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_characters.solo IS 'The killmail''s';

CREATE TABLE core.kill_characters_r0 (
    killmail_id bigint CONSTRAINT kill_characters_killmail_id_not_null NOT NULL,
    character_id bigint CONSTRAINT kill_characters_character_id_not_null NOT NULL,
    corporation_id bigint,
    alliance_id bigint,
    kill_time timestamp with time zone CONSTRAINT kill_characters_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_characters_damage_done_not_null NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_characters_day_not_null NOT NULL,
    system_id integer CONSTRAINT kill_characters_system_id_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_characters_victim_ship_type_id_not_null NOT NULL,
    ship_type_id integer,
    role core.kill_role CONSTRAINT kill_characters_role_not_null NOT NULL,
    attacker_count smallint CONSTRAINT kill_characters_attacker_count_not_null NOT NULL,
    players smallint CONSTRAINT kill_characters_players_not_null NOT NULL,
    pilots smallint CONSTRAINT kill_characters_pilots_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_characters_hour_not_null NOT NULL,
    also_attacked boolean CONSTRAINT kill_characters_also_attacked_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_characters_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_characters_r0 IS 'Rows of core.kill_characters: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_characters_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_characters_r0.character_id IS 'The character';

COMMENT ON COLUMN core.kill_characters_r0.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_characters_r0.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_characters_r0.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r0.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r0.damage_done IS 'Hit points; of one that attacks as an NPC and as a player, as a player alone';

COMMENT ON COLUMN core.kill_characters_r0.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_characters_r0.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_characters_r0.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r0.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r0.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_characters_r0.ship_type_id IS 'Type of the ship that it attacked in, the first where it is listed twice; null where that is not known, and for a mere victim';

COMMENT ON COLUMN core.kill_characters_r0.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_characters_r0.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_characters_r0.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_characters_r0.pilots IS '1 where it attacked and is no NPC (core.is_npc), else 0';

COMMENT ON COLUMN core.kill_characters_r0.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_characters_r0.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_characters_r0.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_characters_r0.solo IS 'The killmail''s';

CREATE TABLE core.kill_characters_r200 (
    killmail_id bigint CONSTRAINT kill_characters_killmail_id_not_null NOT NULL,
    character_id bigint CONSTRAINT kill_characters_character_id_not_null NOT NULL,
    corporation_id bigint,
    alliance_id bigint,
    kill_time timestamp with time zone CONSTRAINT kill_characters_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_characters_damage_done_not_null NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_characters_day_not_null NOT NULL,
    system_id integer CONSTRAINT kill_characters_system_id_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_characters_victim_ship_type_id_not_null NOT NULL,
    ship_type_id integer,
    role core.kill_role CONSTRAINT kill_characters_role_not_null NOT NULL,
    attacker_count smallint CONSTRAINT kill_characters_attacker_count_not_null NOT NULL,
    players smallint CONSTRAINT kill_characters_players_not_null NOT NULL,
    pilots smallint CONSTRAINT kill_characters_pilots_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_characters_hour_not_null NOT NULL,
    also_attacked boolean CONSTRAINT kill_characters_also_attacked_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_characters_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_characters_r200 IS 'Rows of core.kill_characters: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_characters_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_characters_r200.character_id IS 'The character';

COMMENT ON COLUMN core.kill_characters_r200.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_characters_r200.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_characters_r200.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r200.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r200.damage_done IS 'Hit points; of one that attacks as an NPC and as a player, as a player alone';

COMMENT ON COLUMN core.kill_characters_r200.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_characters_r200.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_characters_r200.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r200.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_characters_r200.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_characters_r200.ship_type_id IS 'Type of the ship that it attacked in, the first where it is listed twice; null where that is not known, and for a mere victim';

COMMENT ON COLUMN core.kill_characters_r200.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_characters_r200.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_characters_r200.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_characters_r200.pilots IS '1 where it attacked and is no NPC (core.is_npc), else 0';

COMMENT ON COLUMN core.kill_characters_r200.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_characters_r200.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_characters_r200.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_characters_r200.solo IS 'The killmail''s';

CREATE TABLE core.kill_corporations (
    killmail_id bigint NOT NULL,
    corporation_id bigint NOT NULL,
    kill_time timestamp with time zone NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED NOT NULL,
    system_id integer NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    role core.kill_role NOT NULL,
    attacker_count smallint NOT NULL,
    players smallint NOT NULL,
    pilots smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED NOT NULL,
    also_attacked boolean NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kill_corporations IS 'One row per killmail and corporation that lost the ship, or attacked with somebody who is no NPC (core.is_npc), with the facts of the killmail that its pages need';

COMMENT ON COLUMN core.kill_corporations.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_corporations.corporation_id IS 'The corporation';

COMMENT ON COLUMN core.kill_corporations.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_corporations.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_corporations.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_corporations.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_corporations.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_corporations.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_corporations.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_corporations.pilots IS 'Different characters of it that attacked, NPCs not counted';

COMMENT ON COLUMN core.kill_corporations.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_corporations.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_corporations.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_corporations.solo IS 'The killmail''s';

CREATE TABLE core.kill_corporations_r0 (
    killmail_id bigint CONSTRAINT kill_corporations_killmail_id_not_null NOT NULL,
    corporation_id bigint CONSTRAINT kill_corporations_corporation_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kill_corporations_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_corporations_damage_done_not_null NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_corporations_day_not_null NOT NULL,
    system_id integer CONSTRAINT kill_corporations_system_id_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_corporations_victim_ship_type_id_not_null NOT NULL,
    role core.kill_role CONSTRAINT kill_corporations_role_not_null NOT NULL,
    attacker_count smallint CONSTRAINT kill_corporations_attacker_count_not_null NOT NULL,
    players smallint CONSTRAINT kill_corporations_players_not_null NOT NULL,
    pilots smallint CONSTRAINT kill_corporations_pilots_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_corporations_hour_not_null NOT NULL,
    also_attacked boolean CONSTRAINT kill_corporations_also_attacked_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_corporations_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_corporations_r0 IS 'Rows of core.kill_corporations: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_corporations_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_corporations_r0.corporation_id IS 'The corporation';

COMMENT ON COLUMN core.kill_corporations_r0.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r0.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r0.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_corporations_r0.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_corporations_r0.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_corporations_r0.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r0.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r0.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_corporations_r0.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_corporations_r0.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_corporations_r0.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_corporations_r0.pilots IS 'Different characters of it that attacked, NPCs not counted';

COMMENT ON COLUMN core.kill_corporations_r0.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_corporations_r0.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_corporations_r0.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_corporations_r0.solo IS 'The killmail''s';

CREATE TABLE core.kill_corporations_r200 (
    killmail_id bigint CONSTRAINT kill_corporations_killmail_id_not_null NOT NULL,
    corporation_id bigint CONSTRAINT kill_corporations_corporation_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kill_corporations_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_corporations_damage_done_not_null NOT NULL,
    damage_taken bigint,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_corporations_day_not_null NOT NULL,
    system_id integer CONSTRAINT kill_corporations_system_id_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_corporations_victim_ship_type_id_not_null NOT NULL,
    role core.kill_role CONSTRAINT kill_corporations_role_not_null NOT NULL,
    attacker_count smallint CONSTRAINT kill_corporations_attacker_count_not_null NOT NULL,
    players smallint CONSTRAINT kill_corporations_players_not_null NOT NULL,
    pilots smallint CONSTRAINT kill_corporations_pilots_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_corporations_hour_not_null NOT NULL,
    also_attacked boolean CONSTRAINT kill_corporations_also_attacked_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_corporations_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_corporations_r200 IS 'Rows of core.kill_corporations: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_corporations_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_corporations_r200.corporation_id IS 'The corporation';

COMMENT ON COLUMN core.kill_corporations_r200.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r200.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r200.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_corporations_r200.damage_taken IS 'Hit points that the victim took; null for an attacker';

COMMENT ON COLUMN core.kill_corporations_r200.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_corporations_r200.system_id IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r200.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_corporations_r200.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_corporations_r200.role IS 'victim where it lost the ship (also when it attacked itself), else attacker';

COMMENT ON COLUMN core.kill_corporations_r200.attacker_count IS 'The killmail''s: rows in kill_attackers';

COMMENT ON COLUMN core.kill_corporations_r200.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_corporations_r200.pilots IS 'Different characters of it that attacked, NPCs not counted';

COMMENT ON COLUMN core.kill_corporations_r200.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_corporations_r200.also_attacked IS 'Whether the victim stands among the attackers, too';

COMMENT ON COLUMN core.kill_corporations_r200.final_blow IS 'Whether it struck the final blow';

COMMENT ON COLUMN core.kill_corporations_r200.solo IS 'The killmail''s';

CREATE VIEW core.kill_days AS
 WITH RECURSIVE days AS (
        ( SELECT ((kills_fact.kill_time AT TIME ZONE 'UTC'::text))::date AS day
           FROM core.kills_fact
          ORDER BY kills_fact.kill_time DESC
         LIMIT 1)
        UNION ALL
         SELECT ( SELECT ((kills.kill_time AT TIME ZONE 'UTC'::text))::date AS timezone
                   FROM core.kills_fact kills
                  WHERE (kills.kill_time < ((days_1.day)::timestamp without time zone AT TIME ZONE 'UTC'::text))
                  ORDER BY kills.kill_time DESC
                 LIMIT 1) AS timezone
           FROM days days_1
          WHERE (days_1.day IS NOT NULL)
        )
 SELECT day
   FROM days
  WHERE (day IS NOT NULL);

COMMENT ON VIEW core.kill_days IS 'UTC days on which core has killmails; reads one killmail a day, along the index of kill times. Grain: one row per day';

COMMENT ON COLUMN core.kill_days.day IS 'UTC day';

CREATE TABLE core.kill_items_r0 (
    killmail_id bigint CONSTRAINT kill_items_killmail_id_not_null NOT NULL,
    quantity_dropped bigint CONSTRAINT kill_items_quantity_dropped_not_null NOT NULL,
    quantity_destroyed bigint CONSTRAINT kill_items_quantity_destroyed_not_null NOT NULL,
    type_id integer CONSTRAINT kill_items_type_id_not_null NOT NULL,
    item_index smallint CONSTRAINT kill_items_item_index_not_null NOT NULL,
    parent_index smallint,
    flag smallint CONSTRAINT kill_items_flag_not_null NOT NULL,
    singleton smallint CONSTRAINT kill_items_singleton_not_null NOT NULL,
    unit_price numeric(20,2)
);

COMMENT ON TABLE core.kill_items_r0 IS 'Rows of core.kill_items: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_items_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_items_r0.quantity_dropped IS 'How many dropped';

COMMENT ON COLUMN core.kill_items_r0.quantity_destroyed IS 'How many were destroyed';

COMMENT ON COLUMN core.kill_items_r0.type_id IS 'Type of the item';

COMMENT ON COLUMN core.kill_items_r0.item_index IS 'Number of the item, depth first from 0';

COMMENT ON COLUMN core.kill_items_r0.parent_index IS 'item_index of the container it lay in; null directly on the ship';

COMMENT ON COLUMN core.kill_items_r0.flag IS 'Slot or bay';

COMMENT ON COLUMN core.kill_items_r0.singleton IS '2 is a blueprint copy';

COMMENT ON COLUMN core.kill_items_r0.unit_price IS 'ISK for one on the day of the kill; null where no price is known yet';

CREATE TABLE core.kill_items_r200 (
    killmail_id bigint CONSTRAINT kill_items_killmail_id_not_null NOT NULL,
    quantity_dropped bigint CONSTRAINT kill_items_quantity_dropped_not_null NOT NULL,
    quantity_destroyed bigint CONSTRAINT kill_items_quantity_destroyed_not_null NOT NULL,
    type_id integer CONSTRAINT kill_items_type_id_not_null NOT NULL,
    item_index smallint CONSTRAINT kill_items_item_index_not_null NOT NULL,
    parent_index smallint,
    flag smallint CONSTRAINT kill_items_flag_not_null NOT NULL,
    singleton smallint CONSTRAINT kill_items_singleton_not_null NOT NULL,
    unit_price numeric(20,2)
);

COMMENT ON TABLE core.kill_items_r200 IS 'Rows of core.kill_items: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_items_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_items_r200.quantity_dropped IS 'How many dropped';

COMMENT ON COLUMN core.kill_items_r200.quantity_destroyed IS 'How many were destroyed';

COMMENT ON COLUMN core.kill_items_r200.type_id IS 'Type of the item';

COMMENT ON COLUMN core.kill_items_r200.item_index IS 'Number of the item, depth first from 0';

COMMENT ON COLUMN core.kill_items_r200.parent_index IS 'item_index of the container it lay in; null directly on the ship';

COMMENT ON COLUMN core.kill_items_r200.flag IS 'Slot or bay';

COMMENT ON COLUMN core.kill_items_r200.singleton IS '2 is a blueprint copy';

COMMENT ON COLUMN core.kill_items_r200.unit_price IS 'ISK for one on the day of the kill; null where no price is known yet';

CREATE TABLE core.kill_systems (
    killmail_id bigint NOT NULL,
    system_id bigint NOT NULL,
    kill_time timestamp with time zone NOT NULL,
    total_value bigint,
    damage_done bigint NOT NULL,
    damage_taken bigint NOT NULL,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED NOT NULL,
    points integer,
    victim_ship_type_id integer NOT NULL,
    players smallint NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED NOT NULL,
    final_blow boolean NOT NULL,
    solo boolean
)
PARTITION BY RANGE (killmail_id);

COMMENT ON TABLE core.kill_systems IS 'One row per killmail: its solar system as one of those who were on it, with the facts that sums of places need';

COMMENT ON COLUMN core.kill_systems.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_systems.system_id IS 'Solar system, see reference.solar_systems; as wide as the other ids of entities';

COMMENT ON COLUMN core.kill_systems.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_systems.damage_taken IS 'Hit points that the victim took';

COMMENT ON COLUMN core.kill_systems.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_systems.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_systems.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_systems.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_systems.final_blow IS 'Whether somebody who is no NPC struck the final blow';

COMMENT ON COLUMN core.kill_systems.solo IS 'The killmail''s';

CREATE TABLE core.kill_systems_r0 (
    killmail_id bigint CONSTRAINT kill_systems_killmail_id_not_null NOT NULL,
    system_id bigint CONSTRAINT kill_systems_system_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kill_systems_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_systems_damage_done_not_null NOT NULL,
    damage_taken bigint CONSTRAINT kill_systems_damage_taken_not_null NOT NULL,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_systems_day_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_systems_victim_ship_type_id_not_null NOT NULL,
    players smallint CONSTRAINT kill_systems_players_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_systems_hour_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_systems_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_systems_r0 IS 'Rows of core.kill_systems: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_systems_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_systems_r0.system_id IS 'Solar system, see reference.solar_systems; as wide as the other ids of entities';

COMMENT ON COLUMN core.kill_systems_r0.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems_r0.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems_r0.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_systems_r0.damage_taken IS 'Hit points that the victim took';

COMMENT ON COLUMN core.kill_systems_r0.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_systems_r0.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems_r0.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_systems_r0.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_systems_r0.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_systems_r0.final_blow IS 'Whether somebody who is no NPC struck the final blow';

COMMENT ON COLUMN core.kill_systems_r0.solo IS 'The killmail''s';

CREATE TABLE core.kill_systems_r200 (
    killmail_id bigint CONSTRAINT kill_systems_killmail_id_not_null NOT NULL,
    system_id bigint CONSTRAINT kill_systems_system_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kill_systems_kill_time_not_null NOT NULL,
    total_value bigint,
    damage_done bigint CONSTRAINT kill_systems_damage_done_not_null NOT NULL,
    damage_taken bigint CONSTRAINT kill_systems_damage_taken_not_null NOT NULL,
    day date GENERATED ALWAYS AS (((kill_time AT TIME ZONE 'UTC'::text))::date) STORED CONSTRAINT kill_systems_day_not_null NOT NULL,
    points integer,
    victim_ship_type_id integer CONSTRAINT kill_systems_victim_ship_type_id_not_null NOT NULL,
    players smallint CONSTRAINT kill_systems_players_not_null NOT NULL,
    hour smallint GENERATED ALWAYS AS (date_part('hour'::text, (kill_time AT TIME ZONE 'UTC'::text))) STORED CONSTRAINT kill_systems_hour_not_null NOT NULL,
    final_blow boolean CONSTRAINT kill_systems_final_blow_not_null NOT NULL,
    solo boolean
);

COMMENT ON TABLE core.kill_systems_r200 IS 'Rows of core.kill_systems: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_systems_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_systems_r200.system_id IS 'Solar system, see reference.solar_systems; as wide as the other ids of entities';

COMMENT ON COLUMN core.kill_systems_r200.kill_time IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems_r200.total_value IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems_r200.damage_done IS 'Hit points by those who are no NPCs';

COMMENT ON COLUMN core.kill_systems_r200.damage_taken IS 'Hit points that the victim took';

COMMENT ON COLUMN core.kill_systems_r200.day IS 'UTC day of kill_time';

COMMENT ON COLUMN core.kill_systems_r200.points IS 'The killmail''s';

COMMENT ON COLUMN core.kill_systems_r200.victim_ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_systems_r200.players IS 'Attackers of the killmail who are no NPCs (core.is_npc): characters, each once, and what has no character';

COMMENT ON COLUMN core.kill_systems_r200.hour IS 'UTC hour of kill_time, 0 to 23';

COMMENT ON COLUMN core.kill_systems_r200.final_blow IS 'Whether somebody who is no NPC struck the final blow';

COMMENT ON COLUMN core.kill_systems_r200.solo IS 'The killmail''s';

CREATE TABLE core.kill_victims_r0 (
    killmail_id bigint CONSTRAINT kill_victims_killmail_id_not_null NOT NULL,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    ship_type_id integer CONSTRAINT kill_victims_ship_type_id_not_null NOT NULL,
    damage_taken bigint CONSTRAINT kill_victims_damage_taken_not_null NOT NULL
);

COMMENT ON TABLE core.kill_victims_r0 IS 'Rows of core.kill_victims: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kill_victims_r0.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_victims_r0.character_id IS 'Pilot; null for what nobody flew: structures, deployables, drones, and ships without a pilot';

COMMENT ON COLUMN core.kill_victims_r0.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_victims_r0.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_victims_r0.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.kill_victims_r0.ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_victims_r0.damage_taken IS 'Hit points';

CREATE TABLE core.kill_victims_r200 (
    killmail_id bigint CONSTRAINT kill_victims_killmail_id_not_null NOT NULL,
    character_id bigint,
    corporation_id bigint,
    alliance_id bigint,
    faction_id bigint,
    ship_type_id integer CONSTRAINT kill_victims_ship_type_id_not_null NOT NULL,
    damage_taken bigint CONSTRAINT kill_victims_damage_taken_not_null NOT NULL
);

COMMENT ON TABLE core.kill_victims_r200 IS 'Rows of core.kill_victims: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kill_victims_r200.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.kill_victims_r200.character_id IS 'Pilot; null for what nobody flew: structures, deployables, drones, and ships without a pilot';

COMMENT ON COLUMN core.kill_victims_r200.corporation_id IS 'Corporation at that time';

COMMENT ON COLUMN core.kill_victims_r200.alliance_id IS 'Alliance at that time';

COMMENT ON COLUMN core.kill_victims_r200.faction_id IS 'Faction, in factional warfare or of an NPC';

COMMENT ON COLUMN core.kill_victims_r200.ship_type_id IS 'Type of what was destroyed';

COMMENT ON COLUMN core.kill_victims_r200.damage_taken IS 'Hit points';

CREATE VIEW core.killmails_named AS
 SELECT kills.killmail_id,
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
   FROM ((((((core.kills_fact kills
     LEFT JOIN core.kill_victims victims ON ((kills.killmail_id = victims.killmail_id)))
     LEFT JOIN reference.solar_systems systems ON ((kills.system_id = systems.system_id)))
     LEFT JOIN core.characters ON ((victims.character_id = characters.eve_id)))
     LEFT JOIN core.corporations ON ((victims.corporation_id = corporations.eve_id)))
     LEFT JOIN core.alliances ON ((victims.alliance_id = alliances.eve_id)))
     LEFT JOIN reference.types ON ((victims.ship_type_id = types.type_id)));

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

CREATE TABLE core.kills_fact_r0 (
    killmail_id bigint CONSTRAINT kills_fact_killmail_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kills_fact_kill_time_not_null NOT NULL,
    promoted_at timestamp with time zone DEFAULT now() CONSTRAINT kills_fact_promoted_at_not_null NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() CONSTRAINT kills_fact_changed_at_not_null NOT NULL,
    position_x double precision,
    position_y double precision,
    position_z double precision,
    war_id bigint,
    moon_id bigint,
    location_id bigint,
    zkb_total_value bigint,
    priced_value bigint,
    system_id integer CONSTRAINT kills_fact_system_id_not_null NOT NULL,
    attacker_count integer CONSTRAINT kills_fact_attacker_count_not_null NOT NULL,
    item_count integer CONSTRAINT kills_fact_item_count_not_null NOT NULL,
    zkb_points integer,
    rule_points integer,
    zkb_npc boolean,
    zkb_solo boolean,
    zkb_awox boolean,
    rule_npc boolean,
    rule_solo boolean,
    rule_awox boolean,
    killmail_hash text CONSTRAINT kills_fact_killmail_hash_not_null NOT NULL,
    source text CONSTRAINT kills_fact_source_not_null NOT NULL,
    items jsonb CONSTRAINT kills_fact_items_not_null NOT NULL,
    zkb_fitted_value numeric(20,2),
    zkb_dropped_value numeric(20,2),
    zkb_destroyed_value numeric(20,2),
    priced_dropped_value numeric(20,2),
    priced_destroyed_value numeric(20,2),
    labels text[],
    total_value bigint GENERATED ALWAYS AS (COALESCE(zkb_total_value, priced_value)),
    value_source text GENERATED ALWAYS AS (
CASE
    WHEN (zkb_total_value IS NOT NULL) THEN 'zkb'::text
    WHEN (priced_value IS NOT NULL) THEN 'prices'::text
    ELSE NULL::text
END),
    fitted_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_fitted_value
    ELSE NULL::numeric
END),
    dropped_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_dropped_value
    ELSE priced_dropped_value
END),
    destroyed_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_destroyed_value
    ELSE priced_destroyed_value
END),
    points integer GENERATED ALWAYS AS (COALESCE(zkb_points, rule_points)),
    points_source text GENERATED ALWAYS AS (
CASE
    WHEN (zkb_points IS NOT NULL) THEN 'zkb'::text
    WHEN (rule_points IS NOT NULL) THEN 'rule'::text
    ELSE NULL::text
END),
    npc boolean GENERATED ALWAYS AS (COALESCE(zkb_npc, rule_npc)),
    solo boolean GENERATED ALWAYS AS (COALESCE(zkb_solo, rule_solo)),
    awox boolean GENERATED ALWAYS AS (COALESCE(zkb_awox, rule_awox))
);

COMMENT ON TABLE core.kills_fact_r0 IS 'Rows of core.kills_fact: ids from MINVALUE to before 5000000';

COMMENT ON COLUMN core.kills_fact_r0.killmail_id IS 'EVE''s id of the killmail';

COMMENT ON COLUMN core.kills_fact_r0.kill_time IS 'When the victim was destroyed';

COMMENT ON COLUMN core.kills_fact_r0.promoted_at IS 'When it was promoted, or replaced by another body';

COMMENT ON COLUMN core.kills_fact_r0.changed_at IS 'When anything of it last changed: body, values, points, flags, prices of items. Rises from one promotion or revaluation to the next';

COMMENT ON COLUMN core.kills_fact_r0.position_x IS 'Metres from the system''s sun; null before 2015-11-03';

COMMENT ON COLUMN core.kills_fact_r0.position_y IS 'Metres from the system''s sun; null before 2015-11-03';

COMMENT ON COLUMN core.kills_fact_r0.position_z IS 'Metres from the system''s sun; null before 2015-11-03';

COMMENT ON COLUMN core.kills_fact_r0.war_id IS 'War that this kill belongs to';

COMMENT ON COLUMN core.kills_fact_r0.moon_id IS 'Moon next to which it happened';

COMMENT ON COLUMN core.kills_fact_r0.location_id IS 'Nearest celestial, from the zkb block';

COMMENT ON COLUMN core.kills_fact_r0.zkb_total_value IS 'ISK by zKillboard, rounded half up; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r0.priced_value IS 'ISK at the prices of its day, ours also where zKillboard has one; null: hull unpriced';

COMMENT ON COLUMN core.kills_fact_r0.system_id IS 'Solar system, see reference.solar_systems';

COMMENT ON COLUMN core.kills_fact_r0.attacker_count IS 'Rows in kill_attackers';

COMMENT ON COLUMN core.kills_fact_r0.item_count IS 'Rows in kill_items, nested ones included';

COMMENT ON COLUMN core.kills_fact_r0.zkb_points IS 'Points by zKillboard; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r0.rule_points IS 'Points by our rule, also where zKillboard gave some; null until static data is there';

COMMENT ON COLUMN core.kills_fact_r0.zkb_npc IS 'npc by zKillboard; null where it did not say';

COMMENT ON COLUMN core.kills_fact_r0.zkb_solo IS 'solo by zKillboard; null where it did not say';

COMMENT ON COLUMN core.kills_fact_r0.zkb_awox IS 'awox by zKillboard; null where it did not say';

COMMENT ON COLUMN core.kills_fact_r0.rule_npc IS 'npc by our rule; npc has it where zKillboard gave none';

COMMENT ON COLUMN core.kills_fact_r0.rule_solo IS 'solo by our rule; solo has it where zKillboard gave none';

COMMENT ON COLUMN core.kills_fact_r0.rule_awox IS 'awox by our rule; awox has it where zKillboard gave none';

COMMENT ON COLUMN core.kills_fact_r0.killmail_hash IS 'CCP''s hash: SHA-1 of victim, final blow, ship and time, or the text CCP VERIFIED';

COMMENT ON COLUMN core.kills_fact_r0.source IS 'Source that its body or ref came from';

COMMENT ON COLUMN core.kills_fact_r0.items IS 'The victim''s items as ESI gave them; rows in kill_items';

COMMENT ON COLUMN core.kills_fact_r0.zkb_fitted_value IS 'ISK by zKillboard of the hull and of what was fitted; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r0.zkb_dropped_value IS 'ISK by zKillboard of what dropped; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r0.zkb_destroyed_value IS 'ISK by zKillboard of what was destroyed, hull included; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r0.priced_dropped_value IS 'ISK at the prices of its day of what dropped; null where priced_value is';

COMMENT ON COLUMN core.kills_fact_r0.priced_destroyed_value IS 'ISK at the prices of its day of what was destroyed, hull included; null where priced_value is';

COMMENT ON COLUMN core.kills_fact_r0.labels IS 'zKillboard''s labels';

COMMENT ON COLUMN core.kills_fact_r0.total_value IS 'ISK, rounded half up: zKillboard''s, else ours; null where nobody has valued it yet';

COMMENT ON COLUMN core.kills_fact_r0.value_source IS 'zkb (given), prices (worked out), null (unvalued)';

COMMENT ON COLUMN core.kills_fact_r0.fitted_value IS 'ISK of the hull and of what was fitted, dropped or destroyed; zKillboard''s alone, null where it gave none';

COMMENT ON COLUMN core.kills_fact_r0.dropped_value IS 'ISK dropped';

COMMENT ON COLUMN core.kills_fact_r0.destroyed_value IS 'ISK destroyed, hull included';

COMMENT ON COLUMN core.kills_fact_r0.points IS 'Points as zKillboard counts them: given by it, else worked out by our rule';

COMMENT ON COLUMN core.kills_fact_r0.points_source IS 'zkb (given) or rule (worked out)';

COMMENT ON COLUMN core.kills_fact_r0.npc IS 'All attackers are NPCs (core.is_npc), or the victim is a structure of an NPC corporation, which players may have killed';

COMMENT ON COLUMN core.kills_fact_r0.solo IS 'One player''s character attacked at most (beside NPCs; now and then none, but drones or deployables), no structure did, and what was lost is a ship, but no capsule, shuttle or rookie ship';

COMMENT ON COLUMN core.kills_fact_r0.awox IS 'The final blow was by the victim''s own player corporation';

CREATE TABLE core.kills_fact_r200 (
    killmail_id bigint CONSTRAINT kills_fact_killmail_id_not_null NOT NULL,
    kill_time timestamp with time zone CONSTRAINT kills_fact_kill_time_not_null NOT NULL,
    promoted_at timestamp with time zone DEFAULT now() CONSTRAINT kills_fact_promoted_at_not_null NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() CONSTRAINT kills_fact_changed_at_not_null NOT NULL,
    position_x double precision,
    position_y double precision,
    position_z double precision,
    war_id bigint,
    moon_id bigint,
    location_id bigint,
    zkb_total_value bigint,
    priced_value bigint,
    system_id integer CONSTRAINT kills_fact_system_id_not_null NOT NULL,
    attacker_count integer CONSTRAINT kills_fact_attacker_count_not_null NOT NULL,
    item_count integer CONSTRAINT kills_fact_item_count_not_null NOT NULL,
    zkb_points integer,
    rule_points integer,
    zkb_npc boolean,
    zkb_solo boolean,
    zkb_awox boolean,
    rule_npc boolean,
    rule_solo boolean,
    rule_awox boolean,
    killmail_hash text CONSTRAINT kills_fact_killmail_hash_not_null NOT NULL,
    source text CONSTRAINT kills_fact_source_not_null NOT NULL,
    items jsonb CONSTRAINT kills_fact_items_not_null NOT NULL,
    zkb_fitted_value numeric(20,2),
    zkb_dropped_value numeric(20,2),
    zkb_destroyed_value numeric(20,2),
    priced_dropped_value numeric(20,2),
    priced_destroyed_value numeric(20,2),
    labels text[],
    total_value bigint GENERATED ALWAYS AS (COALESCE(zkb_total_value, priced_value)),
    value_source text GENERATED ALWAYS AS (
CASE
    WHEN (zkb_total_value IS NOT NULL) THEN 'zkb'::text
    WHEN (priced_value IS NOT NULL) THEN 'prices'::text
    ELSE NULL::text
END),
    fitted_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_fitted_value
    ELSE NULL::numeric
END),
    dropped_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_dropped_value
    ELSE priced_dropped_value
END),
    destroyed_value numeric(20,2) GENERATED ALWAYS AS (
CASE
    WHEN ((zkb_total_value IS NOT NULL) OR (priced_value IS NULL)) THEN zkb_destroyed_value
    ELSE priced_destroyed_value
END),
    points integer GENERATED ALWAYS AS (COALESCE(zkb_points, rule_points)),
    points_source text GENERATED ALWAYS AS (
CASE
    WHEN (zkb_points IS NOT NULL) THEN 'zkb'::text
    WHEN (rule_points IS NOT NULL) THEN 'rule'::text
    ELSE NULL::text
END),
    npc boolean GENERATED ALWAYS AS (COALESCE(zkb_npc, rule_npc)),
    solo boolean GENERATED ALWAYS AS (COALESCE(zkb_solo, rule_solo)),
    awox boolean GENERATED ALWAYS AS (COALESCE(zkb_awox, rule_awox))
);

COMMENT ON TABLE core.kills_fact_r200 IS 'Rows of core.kills_fact: ids from 1000000000 to before MAXVALUE';

COMMENT ON COLUMN core.kills_fact_r200.killmail_id IS 'EVE''s id of the killmail';

COMMENT ON COLUMN core.kills_fact_r200.kill_time IS 'When the victim was destroyed';

COMMENT ON COLUMN core.kills_fact_r200.promoted_at IS 'When it was promoted, or replaced by another body';

COMMENT ON COLUMN core.kills_fact_r200.changed_at IS 'When anything of it last changed: body, values, points, flags, prices of items. Rises from one promotion or revaluation to the next';

COMMENT ON COLUMN core.kills_fact_r200.position_x IS 'Metres from the system''s sun; null before 2015-11-03';

COMMENT ON COLUMN core.kills_fact_r200.position_y IS 'Metres from the system''s sun; null before 2015-11-03';

COMMENT ON COLUMN core.kills_fact_r200.position_z IS 'Metres from the system''s sun; null before 2015-11-03';

COMMENT ON COLUMN core.kills_fact_r200.war_id IS 'War that this kill belongs to';

COMMENT ON COLUMN core.kills_fact_r200.moon_id IS 'Moon next to which it happened';

COMMENT ON COLUMN core.kills_fact_r200.location_id IS 'Nearest celestial, from the zkb block';

COMMENT ON COLUMN core.kills_fact_r200.zkb_total_value IS 'ISK by zKillboard, rounded half up; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r200.priced_value IS 'ISK at the prices of its day, ours also where zKillboard has one; null: hull unpriced';

COMMENT ON COLUMN core.kills_fact_r200.system_id IS 'Solar system, see reference.solar_systems';

COMMENT ON COLUMN core.kills_fact_r200.attacker_count IS 'Rows in kill_attackers';

COMMENT ON COLUMN core.kills_fact_r200.item_count IS 'Rows in kill_items, nested ones included';

COMMENT ON COLUMN core.kills_fact_r200.zkb_points IS 'Points by zKillboard; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r200.rule_points IS 'Points by our rule, also where zKillboard gave some; null until static data is there';

COMMENT ON COLUMN core.kills_fact_r200.zkb_npc IS 'npc by zKillboard; null where it did not say';

COMMENT ON COLUMN core.kills_fact_r200.zkb_solo IS 'solo by zKillboard; null where it did not say';

COMMENT ON COLUMN core.kills_fact_r200.zkb_awox IS 'awox by zKillboard; null where it did not say';

COMMENT ON COLUMN core.kills_fact_r200.rule_npc IS 'npc by our rule; npc has it where zKillboard gave none';

COMMENT ON COLUMN core.kills_fact_r200.rule_solo IS 'solo by our rule; solo has it where zKillboard gave none';

COMMENT ON COLUMN core.kills_fact_r200.rule_awox IS 'awox by our rule; awox has it where zKillboard gave none';

COMMENT ON COLUMN core.kills_fact_r200.killmail_hash IS 'CCP''s hash: SHA-1 of victim, final blow, ship and time, or the text CCP VERIFIED';

COMMENT ON COLUMN core.kills_fact_r200.source IS 'Source that its body or ref came from';

COMMENT ON COLUMN core.kills_fact_r200.items IS 'The victim''s items as ESI gave them; rows in kill_items';

COMMENT ON COLUMN core.kills_fact_r200.zkb_fitted_value IS 'ISK by zKillboard of the hull and of what was fitted; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r200.zkb_dropped_value IS 'ISK by zKillboard of what dropped; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r200.zkb_destroyed_value IS 'ISK by zKillboard of what was destroyed, hull included; null where it gave none';

COMMENT ON COLUMN core.kills_fact_r200.priced_dropped_value IS 'ISK at the prices of its day of what dropped; null where priced_value is';

COMMENT ON COLUMN core.kills_fact_r200.priced_destroyed_value IS 'ISK at the prices of its day of what was destroyed, hull included; null where priced_value is';

COMMENT ON COLUMN core.kills_fact_r200.labels IS 'zKillboard''s labels';

COMMENT ON COLUMN core.kills_fact_r200.total_value IS 'ISK, rounded half up: zKillboard''s, else ours; null where nobody has valued it yet';

COMMENT ON COLUMN core.kills_fact_r200.value_source IS 'zkb (given), prices (worked out), null (unvalued)';

COMMENT ON COLUMN core.kills_fact_r200.fitted_value IS 'ISK of the hull and of what was fitted, dropped or destroyed; zKillboard''s alone, null where it gave none';

COMMENT ON COLUMN core.kills_fact_r200.dropped_value IS 'ISK dropped';

COMMENT ON COLUMN core.kills_fact_r200.destroyed_value IS 'ISK destroyed, hull included';

COMMENT ON COLUMN core.kills_fact_r200.points IS 'Points as zKillboard counts them: given by it, else worked out by our rule';

COMMENT ON COLUMN core.kills_fact_r200.points_source IS 'zkb (given) or rule (worked out)';

COMMENT ON COLUMN core.kills_fact_r200.npc IS 'All attackers are NPCs (core.is_npc), or the victim is a structure of an NPC corporation, which players may have killed';

COMMENT ON COLUMN core.kills_fact_r200.solo IS 'One player''s character attacked at most (beside NPCs; now and then none, but drones or deployables), no structure did, and what was lost is a ship, but no capsule, shuttle or rookie ship';

COMMENT ON COLUMN core.kills_fact_r200.awox IS 'The final blow was by the victim''s own player corporation';

CREATE VIEW core.losses_fact AS
 SELECT kills.killmail_id,
    victims.character_id,
    kills.kill_time,
    kills.system_id,
    victims.corporation_id,
    victims.alliance_id,
    victims.victim_ship_type_id AS ship_type_id,
    victims.damage_taken,
    kills.total_value,
    kills.points,
    kills.attacker_count,
    kills.labels
   FROM (core.kills_fact kills
     JOIN core.kill_characters victims USING (killmail_id))
  WHERE ((victims.role = 'victim'::core.kill_role) AND (NOT core.is_npc(victims.character_id, victims.corporation_id)));

COMMENT ON VIEW core.losses_fact IS 'One row per loss of a player character';

COMMENT ON COLUMN core.losses_fact.killmail_id IS 'The killmail';

COMMENT ON COLUMN core.losses_fact.character_id IS 'Who lost the ship';

COMMENT ON COLUMN core.losses_fact.kill_time IS 'When';

COMMENT ON COLUMN core.losses_fact.system_id IS 'Solar system';

COMMENT ON COLUMN core.losses_fact.corporation_id IS 'The victim''s corporation at that time';

COMMENT ON COLUMN core.losses_fact.alliance_id IS 'The victim''s alliance at that time';

COMMENT ON COLUMN core.losses_fact.ship_type_id IS 'Type of what was lost';

COMMENT ON COLUMN core.losses_fact.damage_taken IS 'Hit points';

COMMENT ON COLUMN core.losses_fact.total_value IS 'ISK, rounded half up';

COMMENT ON COLUMN core.losses_fact.points IS 'Points as zKillboard counts them';

COMMENT ON COLUMN core.losses_fact.attacker_count IS 'How many attacked';

COMMENT ON COLUMN core.losses_fact.labels IS 'zKillboard''s labels';

CREATE VIEW legacy.alliances AS
 SELECT eve_id AS "eveId",
    name,
    first_seen AS "firstSeen",
    last_seen AS "lastSeen"
   FROM core.alliances alliances;

COMMENT ON VIEW legacy.alliances IS 'Alliances in the older model''s shape';

COMMENT ON COLUMN legacy.alliances."eveId" IS 'EVE''s id';

COMMENT ON COLUMN legacy.alliances.name IS 'Name; null until resolved';

COMMENT ON COLUMN legacy.alliances."firstSeen" IS 'Time of the earliest kill';

COMMENT ON COLUMN legacy.alliances."lastSeen" IS 'Time of the latest kill';

CREATE VIEW legacy.characters AS
 SELECT eve_id AS "eveId",
    name,
    corporation_id AS "corporationId",
    alliance_id AS "allianceId",
    first_seen AS "firstSeen",
    last_seen AS "lastSeen"
   FROM core.characters pilots;

COMMENT ON VIEW legacy.characters IS 'Pilots in the older model''s shape';

COMMENT ON COLUMN legacy.characters."eveId" IS 'EVE''s id';

COMMENT ON COLUMN legacy.characters.name IS 'Name; null until resolved';

COMMENT ON COLUMN legacy.characters."corporationId" IS 'Corporation seen last';

COMMENT ON COLUMN legacy.characters."allianceId" IS 'Alliance seen last';

COMMENT ON COLUMN legacy.characters."firstSeen" IS 'Time of the earliest kill';

COMMENT ON COLUMN legacy.characters."lastSeen" IS 'Time of the latest kill';

CREATE VIEW legacy.corporations AS
 SELECT eve_id AS "eveId",
    name,
    alliance_id AS "allianceId",
    first_seen AS "firstSeen",
    last_seen AS "lastSeen"
   FROM core.corporations corporations;

COMMENT ON VIEW legacy.corporations IS 'Corporations in the older model''s shape';

COMMENT ON COLUMN legacy.corporations."eveId" IS 'EVE''s id';

COMMENT ON COLUMN legacy.corporations.name IS 'Name; null until resolved';

COMMENT ON COLUMN legacy.corporations."allianceId" IS 'Alliance seen last';

COMMENT ON COLUMN legacy.corporations."firstSeen" IS 'Time of the earliest kill';

COMMENT ON COLUMN legacy.corporations."lastSeen" IS 'Time of the latest kill';

CREATE VIEW legacy.kill_attackers AS
 SELECT ((attackers.killmail_id * 10000) + attackers.attacker_index) AS id,
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
   FROM (core.kill_characters pilots
     JOIN core.kill_attackers attackers USING (killmail_id, character_id))
UNION ALL
 SELECT ((attackers.killmail_id * 10000) + attackers.attacker_index) AS id,
    attackers.killmail_id AS "killmailId",
    NULL::bigint AS "characterId",
    attackers.corporation_id AS "corporationId",
    attackers.alliance_id AS "allianceId",
    attackers.faction_id AS "factionId",
    attackers.ship_type_id AS "shipTypeId",
    attackers.weapon_type_id AS "weaponTypeId",
    attackers.damage_done AS "damageDone",
    attackers.final_blow AS "finalBlow",
    attackers.security_status AS "securityStatus"
   FROM core.kill_attackers attackers
  WHERE (attackers.character_id IS NULL);

COMMENT ON VIEW legacy.kill_attackers IS 'Attackers in the older model''s shape, with an id';

COMMENT ON COLUMN legacy.kill_attackers.id IS 'killmailId × 10,000 + position in ESI''s array: the same at every load. Filter by killmailId: id has no index';

COMMENT ON COLUMN legacy.kill_attackers."killmailId" IS 'The killmail';

COMMENT ON COLUMN legacy.kill_attackers."characterId" IS 'Pilot; null for most NPCs (some have characters), structures, deployables and drones';

COMMENT ON COLUMN legacy.kill_attackers."corporationId" IS 'Corporation at that time';

COMMENT ON COLUMN legacy.kill_attackers."allianceId" IS 'Alliance at that time';

COMMENT ON COLUMN legacy.kill_attackers."factionId" IS 'Faction';

COMMENT ON COLUMN legacy.kill_attackers."shipTypeId" IS 'Type of the attacker''s ship';

COMMENT ON COLUMN legacy.kill_attackers."weaponTypeId" IS 'Type of the weapon as ESI has it, often (one in five) the attacker''s own ship; null without a character';

COMMENT ON COLUMN legacy.kill_attackers."damageDone" IS 'Hit points';

COMMENT ON COLUMN legacy.kill_attackers."finalBlow" IS 'Whether this attacker struck the final blow';

COMMENT ON COLUMN legacy.kill_attackers."securityStatus" IS 'Pilot''s security status, -10 to 10';

CREATE VIEW legacy.kill_characters AS
 SELECT killmail_id AS "killmailId",
    character_id AS "characterId",
    (role)::text AS role
   FROM core.kill_characters involved;

COMMENT ON VIEW legacy.kill_characters IS 'Pilots of killmails in the older model''s shape';

COMMENT ON COLUMN legacy.kill_characters."killmailId" IS 'The killmail';

COMMENT ON COLUMN legacy.kill_characters."characterId" IS 'The pilot';

COMMENT ON COLUMN legacy.kill_characters.role IS 'victim or attacker';

CREATE VIEW legacy.kill_victims AS
 SELECT victims.killmail_id AS id,
    victims.killmail_id AS "killmailId",
    victims.character_id AS "characterId",
    victims.corporation_id AS "corporationId",
    victims.alliance_id AS "allianceId",
    victims.faction_id AS "factionId",
    victims.ship_type_id AS "shipTypeId",
    victims.damage_taken AS "damageTaken",
        CASE
            WHEN (kills.position_x IS NOT NULL) THEN jsonb_build_object('x', kills.position_x, 'y', kills.position_y, 'z', kills.position_z)
            ELSE NULL::jsonb
        END AS "position",
    kills.items
   FROM (core.kill_victims victims
     JOIN core.kills_fact kills USING (killmail_id));

COMMENT ON VIEW legacy.kill_victims IS 'Victims in the older model''s shape, with an id';

COMMENT ON COLUMN legacy.kill_victims.id IS 'The killmail''s id: a killmail has one victim';

COMMENT ON COLUMN legacy.kill_victims."killmailId" IS 'The killmail';

COMMENT ON COLUMN legacy.kill_victims."characterId" IS 'Pilot; null for what nobody flew: structures, deployables, drones, and ships without a pilot';

COMMENT ON COLUMN legacy.kill_victims."corporationId" IS 'Corporation at that time';

COMMENT ON COLUMN legacy.kill_victims."allianceId" IS 'Alliance at that time';

COMMENT ON COLUMN legacy.kill_victims."factionId" IS 'Faction';

COMMENT ON COLUMN legacy.kill_victims."shipTypeId" IS 'Type of what was destroyed';

COMMENT ON COLUMN legacy.kill_victims."damageTaken" IS 'Hit points';

COMMENT ON COLUMN legacy.kill_victims."position" IS 'x, y, z in metres from the sun; null before 2015-11-03';

COMMENT ON COLUMN legacy.kill_victims.items IS 'Items as ESI gave them';

CREATE VIEW legacy.kills_fact AS
 SELECT kills.killmail_id AS "killmailId",
    kills.killmail_hash AS "killmailHash",
    kills.kill_time AS "killTime",
    kills.system_id AS "systemId",
    victims.ship_type_id AS "shipTypeId",
    kills.total_value AS "totalValue",
    kills.points,
        CASE
            WHEN (kills.position_x IS NOT NULL) THEN jsonb_build_object('x', kills.position_x, 'y', kills.position_y, 'z', kills.position_z)
            ELSE NULL::jsonb
        END AS "position",
    kills.items,
    kills.attacker_count AS "attackerCount",
    kills.labels,
    kills.npc,
    kills.solo,
    kills.awox
   FROM (core.kills_fact kills
     JOIN core.kill_victims victims USING (killmail_id));

COMMENT ON VIEW legacy.kills_fact IS 'Killmails in the older model''s shape: position and items as JSON';

COMMENT ON COLUMN legacy.kills_fact."killmailId" IS 'The killmail';

COMMENT ON COLUMN legacy.kills_fact."killmailHash" IS 'CCP''s hash';

COMMENT ON COLUMN legacy.kills_fact."killTime" IS 'When the victim was destroyed';

COMMENT ON COLUMN legacy.kills_fact."systemId" IS 'Solar system';

COMMENT ON COLUMN legacy.kills_fact."shipTypeId" IS 'Type of what was destroyed';

COMMENT ON COLUMN legacy.kills_fact."totalValue" IS 'ISK; null where nobody has valued it yet';

COMMENT ON COLUMN legacy.kills_fact.points IS 'Points as zKillboard counts them';

COMMENT ON COLUMN legacy.kills_fact."position" IS 'x, y, z in metres from the sun; null before 2015-11-03';

COMMENT ON COLUMN legacy.kills_fact.items IS 'Items as ESI gave them';

COMMENT ON COLUMN legacy.kills_fact."attackerCount" IS 'How many attacked';

COMMENT ON COLUMN legacy.kills_fact.labels IS 'zKillboard''s labels';

COMMENT ON COLUMN legacy.kills_fact.npc IS 'All attackers are NPCs (core.is_npc), or the victim is a structure of an NPC corporation, which players may have killed';

COMMENT ON COLUMN legacy.kills_fact.solo IS 'One player''s character attacked at most (beside NPCs; now and then none, but drones or deployables), no structure did, and what was lost is a ship, but no capsule, shuttle or rookie ship';

COMMENT ON COLUMN legacy.kills_fact.awox IS 'The final blow was by the victim''s own player corporation';

CREATE VIEW legacy.losses_fact AS
 SELECT killmail_id AS "killmailId",
    character_id AS "characterId",
    kill_time AS "killTime",
    system_id AS "systemId",
    ship_type_id AS "shipTypeId",
    total_value AS "totalValue",
    points,
    attacker_count AS "attackerCount",
    labels
   FROM core.losses_fact losses;

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

CREATE VIEW mart.appearances AS
 SELECT kill_characters.killmail_id,
    'character'::mart.entity_kind AS entity_kind,
    kill_characters.character_id AS entity_id,
    kill_characters.day,
    kill_characters.kill_time,
    kill_characters.hour,
    kill_characters.system_id,
    (kill_characters.pilots > 0) AS is_kill,
    (kill_characters.role = 'victim'::core.kill_role) AS is_loss,
    kill_characters.final_blow,
    kill_characters.players,
    kill_characters.victim_ship_type_id,
    kill_characters.damage_done,
    kill_characters.damage_taken,
    kill_characters.total_value,
    kill_characters.points,
    kill_characters.solo
   FROM core.kill_characters
  WHERE ((kill_characters.pilots > 0) OR (kill_characters.role = 'victim'::core.kill_role))
UNION ALL
 SELECT kill_corporations.killmail_id,
    'corporation'::mart.entity_kind AS entity_kind,
    kill_corporations.corporation_id AS entity_id,
    kill_corporations.day,
    kill_corporations.kill_time,
    kill_corporations.hour,
    kill_corporations.system_id,
    ((kill_corporations.role = 'attacker'::core.kill_role) OR kill_corporations.also_attacked) AS is_kill,
    (kill_corporations.role = 'victim'::core.kill_role) AS is_loss,
    kill_corporations.final_blow,
    kill_corporations.players,
    kill_corporations.victim_ship_type_id,
    kill_corporations.damage_done,
    kill_corporations.damage_taken,
    kill_corporations.total_value,
    kill_corporations.points,
    kill_corporations.solo
   FROM core.kill_corporations
UNION ALL
 SELECT kill_alliances.killmail_id,
    'alliance'::mart.entity_kind AS entity_kind,
    kill_alliances.alliance_id AS entity_id,
    kill_alliances.day,
    kill_alliances.kill_time,
    kill_alliances.hour,
    kill_alliances.system_id,
    ((kill_alliances.role = 'attacker'::core.kill_role) OR kill_alliances.also_attacked) AS is_kill,
    (kill_alliances.role = 'victim'::core.kill_role) AS is_loss,
    kill_alliances.final_blow,
    kill_alliances.players,
    kill_alliances.victim_ship_type_id,
    kill_alliances.damage_done,
    kill_alliances.damage_taken,
    kill_alliances.total_value,
    kill_alliances.points,
    kill_alliances.solo
   FROM core.kill_alliances
UNION ALL
 SELECT kill_systems.killmail_id,
    'system'::mart.entity_kind AS entity_kind,
    kill_systems.system_id AS entity_id,
    kill_systems.day,
    kill_systems.kill_time,
    kill_systems.hour,
    (kill_systems.system_id)::integer AS system_id,
    (kill_systems.players > 0) AS is_kill,
    true AS is_loss,
    kill_systems.final_blow,
    kill_systems.players,
    kill_systems.victim_ship_type_id,
    kill_systems.damage_done,
    kill_systems.damage_taken,
    kill_systems.total_value,
    kill_systems.points,
    kill_systems.solo
   FROM core.kill_systems;

COMMENT ON VIEW mart.appearances IS 'One row per killmail and entity that killed or lost on it, or in whose space it was (system): what all sums per entity are of';

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

CREATE VIEW mart.parties AS
 SELECT kill_victims.killmail_id,
    '-1'::integer AS attacker_index,
    kill_victims.character_id,
    kill_victims.corporation_id,
    kill_victims.alliance_id,
    NULL::integer AS ship_type_id
   FROM core.kill_victims
UNION ALL
 SELECT kill_attackers.killmail_id,
    kill_attackers.attacker_index,
    kill_attackers.character_id,
    kill_attackers.corporation_id,
    kill_attackers.alliance_id,
    kill_attackers.ship_type_id
   FROM core.kill_attackers
  WHERE (NOT core.is_npc(kill_attackers.character_id, kill_attackers.corporation_id));

COMMENT ON VIEW mart.parties IS 'The victim of each killmail, and its attackers who are no NPCs';

COMMENT ON COLUMN mart.parties.killmail_id IS 'The killmail';

COMMENT ON COLUMN mart.parties.attacker_index IS 'As in core.kill_attackers; -1 for the victim';

COMMENT ON COLUMN mart.parties.character_id IS 'Pilot; null where there is none';

COMMENT ON COLUMN mart.parties.corporation_id IS 'Its corporation';

COMMENT ON COLUMN mart.parties.alliance_id IS 'Its alliance';

COMMENT ON COLUMN mart.parties.ship_type_id IS 'What it attacked in; null for the victim';

CREATE VIEW mart.crew AS
 SELECT involved.killmail_id,
    'corporation'::mart.entity_kind AS entity_kind,
    involved.corporation_id AS entity_id,
    involved.day,
    involved.total_value,
    party.attacker_index,
    party.character_id,
    party.corporation_id,
    party.ship_type_id
   FROM (core.kill_corporations involved
     CROSS JOIN LATERAL ( SELECT parties.killmail_id,
            parties.attacker_index,
            parties.character_id,
            parties.corporation_id,
            parties.alliance_id,
            parties.ship_type_id
           FROM mart.parties parties
          WHERE (parties.killmail_id = involved.killmail_id)
         OFFSET 0) party)
  WHERE (party.corporation_id = involved.corporation_id)
UNION ALL
 SELECT involved.killmail_id,
    'alliance'::mart.entity_kind AS entity_kind,
    involved.alliance_id AS entity_id,
    involved.day,
    involved.total_value,
    party.attacker_index,
    party.character_id,
    party.corporation_id,
    party.ship_type_id
   FROM (core.kill_alliances involved
     CROSS JOIN LATERAL ( SELECT parties.killmail_id,
            parties.attacker_index,
            parties.character_id,
            parties.corporation_id,
            parties.alliance_id,
            parties.ship_type_id
           FROM mart.parties parties
          WHERE (parties.killmail_id = involved.killmail_id)
         OFFSET 0) party)
  WHERE (party.alliance_id = involved.alliance_id)
UNION ALL
 SELECT places.killmail_id,
    'system'::mart.entity_kind AS entity_kind,
    places.system_id AS entity_id,
    places.day,
    places.total_value,
    party.attacker_index,
    party.character_id,
    party.corporation_id,
    party.ship_type_id
   FROM (core.kill_systems places
     CROSS JOIN LATERAL ( SELECT parties.killmail_id,
            parties.attacker_index,
            parties.character_id,
            parties.corporation_id,
            parties.alliance_id,
            parties.ship_type_id
           FROM mart.parties parties
          WHERE (parties.killmail_id = places.killmail_id)
         OFFSET 0) party);

COMMENT ON VIEW mart.crew IS 'One row per killmail, corporation, alliance or system on it, and party of it: attackers who are no NPCs, and the victim';

COMMENT ON COLUMN mart.crew.killmail_id IS 'The killmail';

COMMENT ON COLUMN mart.crew.entity_kind IS 'corporation, alliance or system';

COMMENT ON COLUMN mart.crew.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.crew.day IS 'UTC day of the killmail';

COMMENT ON COLUMN mart.crew.total_value IS 'ISK of the killmail; null where nobody has valued it yet';

COMMENT ON COLUMN mart.crew.attacker_index IS 'As in core.kill_attackers; -1 for the victim';

COMMENT ON COLUMN mart.crew.character_id IS 'Pilot; null where there is none';

COMMENT ON COLUMN mart.crew.corporation_id IS 'Its corporation';

COMMENT ON COLUMN mart.crew.ship_type_id IS 'What it attacked in; null for the victim';

CREATE VIEW mart.derived_crews AS
 SELECT entity_id,
    entity_kind,
    day,
    (sum(seen) FILTER (WHERE (ship_type_id IS NULL)))::integer AS pilots,
    COALESCE(array_agg(ship_type_id ORDER BY ship_type_id) FILTER (WHERE (ship_type_id IS NOT NULL)), '{}'::integer[]) AS ship_type_ids,
    COALESCE(array_agg(seen ORDER BY ship_type_id) FILTER (WHERE (ship_type_id IS NOT NULL)), '{}'::integer[]) AS kills_with
   FROM ( SELECT crew.entity_id,
            crew.entity_kind,
            crew.day,
            counted.ship_type_id,
            (count(DISTINCT counted.id))::integer AS seen
           FROM (mart.crew crew
             CROSS JOIN LATERAL ( VALUES (crew.ship_type_id,crew.killmail_id,false), (NULL::integer,crew.character_id,true)) counted(ship_type_id, id, is_pilot))
          WHERE ((NOT core.is_npc(crew.character_id, crew.corporation_id)) AND (counted.is_pilot OR (counted.ship_type_id IS NOT NULL)))
          GROUP BY crew.entity_id, crew.entity_kind, crew.day, counted.ship_type_id) counts
  GROUP BY entity_id, entity_kind, day;

COMMENT ON VIEW mart.derived_crews IS 'crews_daily, worked out of core for any day';

COMMENT ON COLUMN mart.derived_crews.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.derived_crews.entity_kind IS 'corporation, alliance or system; what a character flew is in core.kill_characters';

COMMENT ON COLUMN mart.derived_crews.day IS 'UTC day';

COMMENT ON COLUMN mart.derived_crews.pilots IS 'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';

COMMENT ON COLUMN mart.derived_crews.ship_type_ids IS 'Types of ships, structures or deployables, by id; attackers whose ship is unknown are left out';

COMMENT ON COLUMN mart.derived_crews.kills_with IS 'On how many kills the entity flew each of them, in step';

CREATE TABLE mart.touched_days (
    touch_id bigint NOT NULL,
    day date NOT NULL,
    are_battles_found boolean DEFAULT false NOT NULL,
    touched_at timestamp with time zone DEFAULT now() NOT NULL,
    system_ids integer[],
    kill_times timestamp with time zone[],
    CONSTRAINT touched_days_check CHECK ((cardinality(kill_times) = cardinality(system_ids)))
);

COMMENT ON TABLE mart.touched_days IS 'UTC days whose killmails changed since they were summed up; a row goes with the refresh that sums up its day, once it is over';

COMMENT ON COLUMN mart.touched_days.touch_id IS 'Number of the change';

COMMENT ON COLUMN mart.touched_days.day IS 'UTC day';

COMMENT ON COLUMN mart.touched_days.are_battles_found IS 'Whether the change is in battles; sums may wait longer';

COMMENT ON COLUMN mart.touched_days.touched_at IS 'When the transaction began that changed it';

COMMENT ON COLUMN mart.touched_days.system_ids IS 'Where killmails came, changed or went; null where there were too many to list, and then all of the day may have changed';

COMMENT ON COLUMN mart.touched_days.kill_times IS 'When each of them happened, in step';

CREATE VIEW mart.open_days AS
 SELECT DISTINCT day
   FROM mart.touched_days
  ORDER BY day DESC
 LIMIT 2;

COMMENT ON VIEW mart.open_days IS 'UTC days that are read from core in place of their sums: of the touched ones the newest two, so that a page never reads more';

COMMENT ON COLUMN mart.open_days.day IS 'UTC day';

CREATE TABLE mart.settled_crews (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL,
    day date NOT NULL,
    pilots integer NOT NULL,
    ship_type_ids integer[] NOT NULL,
    kills_with integer[] NOT NULL,
    CONSTRAINT settled_crews_check CHECK ((cardinality(kills_with) = cardinality(ship_type_ids))),
    CONSTRAINT settled_crews_entity_kind_check CHECK ((entity_kind <> 'character'::mart.entity_kind))
);

COMMENT ON TABLE mart.settled_crews IS 'crews_daily, kept of days that are over';

COMMENT ON COLUMN mart.settled_crews.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.settled_crews.entity_kind IS 'corporation, alliance or system; what a character flew is in core.kill_characters';

COMMENT ON COLUMN mart.settled_crews.day IS 'UTC day';

COMMENT ON COLUMN mart.settled_crews.pilots IS 'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';

COMMENT ON COLUMN mart.settled_crews.ship_type_ids IS 'Types of ships, structures or deployables, by id; attackers whose ship is unknown are left out';

COMMENT ON COLUMN mart.settled_crews.kills_with IS 'On how many kills the entity flew each of them, in step';

CREATE VIEW mart.crews_daily AS
 SELECT settled.entity_id,
    settled.entity_kind,
    settled.day,
    settled.pilots,
    settled.ship_type_ids,
    settled.kills_with
   FROM mart.settled_crews settled
  WHERE (settled.day <> ALL (ARRAY( SELECT open.day
           FROM mart.open_days open)))
UNION ALL
 SELECT derived.entity_id,
    derived.entity_kind,
    derived.day,
    derived.pilots,
    derived.ship_type_ids,
    derived.kills_with
   FROM mart.derived_crews derived
  WHERE (derived.day = ANY (ARRAY( SELECT open.day
           FROM mart.open_days open)));

COMMENT ON VIEW mart.crews_daily IS 'Pilots of corporations, of alliances and in systems, and what they flew on kills, per UTC day: a part of activity_daily and ships_daily';

COMMENT ON COLUMN mart.crews_daily.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.crews_daily.entity_kind IS 'corporation, alliance or system; what a character flew is in core.kill_characters';

COMMENT ON COLUMN mart.crews_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.crews_daily.pilots IS 'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';

COMMENT ON COLUMN mart.crews_daily.ship_type_ids IS 'Types of ships, structures or deployables, by id; attackers whose ship is unknown are left out';

COMMENT ON COLUMN mart.crews_daily.kills_with IS 'On how many kills the entity flew each of them, in step';

CREATE VIEW mart.activity_daily AS
 SELECT entity_id,
    entity_kind,
    day,
    kills,
    losses,
    solo_kills,
    solo_losses,
    npc_losses,
    final_blows,
        CASE entity_kind
            WHEN 'character'::mart.entity_kind THEN ( SELECT (count(DISTINCT here.character_id))::integer AS count
               FROM core.kill_characters here
              WHERE ((here.character_id = sums.entity_id) AND (here.day = sums.day) AND (NOT core.is_npc(here.character_id, here.corporation_id))))
            ELSE COALESCE(( SELECT crews.pilots
               FROM mart.crews_daily crews
              WHERE ((crews.entity_kind = sums.entity_kind) AND (crews.entity_id = sums.entity_id) AND (crews.day = sums.day))), 0)
        END AS pilots,
    kills_valued,
    losses_valued,
    points,
    points_lost,
    isk_killed,
    isk_lost,
    damage_done,
    damage_taken
   FROM ( SELECT appearances.entity_id,
            appearances.entity_kind,
            appearances.day,
            (count(*) FILTER (WHERE appearances.is_kill))::integer AS kills,
            (count(*) FILTER (WHERE appearances.is_loss))::integer AS losses,
            (count(*) FILTER (WHERE (appearances.is_kill AND appearances.solo)))::integer AS solo_kills,
            (count(*) FILTER (WHERE (appearances.is_loss AND appearances.solo)))::integer AS solo_losses,
            (count(*) FILTER (WHERE (appearances.is_loss AND (appearances.players = 0))))::integer AS npc_losses,
            (count(*) FILTER (WHERE (appearances.is_kill AND appearances.final_blow)))::integer AS final_blows,
            (count(appearances.total_value) FILTER (WHERE appearances.is_kill))::integer AS kills_valued,
            (count(appearances.total_value) FILTER (WHERE appearances.is_loss))::integer AS losses_valued,
            COALESCE(sum(appearances.points) FILTER (WHERE appearances.is_kill), (0)::bigint) AS points,
            COALESCE(sum(appearances.points) FILTER (WHERE appearances.is_loss), (0)::bigint) AS points_lost,
            COALESCE(sum(appearances.total_value) FILTER (WHERE appearances.is_kill), (0)::numeric) AS isk_killed,
            COALESCE(sum(appearances.total_value) FILTER (WHERE appearances.is_loss), (0)::numeric) AS isk_lost,
            COALESCE(sum(appearances.damage_done) FILTER (WHERE appearances.is_kill), (0)::numeric) AS damage_done,
            COALESCE(sum(appearances.damage_taken) FILTER (WHERE appearances.is_loss), (0)::numeric) AS damage_taken
           FROM mart.appearances
          GROUP BY appearances.entity_id, appearances.entity_kind, appearances.day) sums;

COMMENT ON VIEW mart.activity_daily IS 'Kills and losses per entity and UTC day; no row where it had neither';

COMMENT ON COLUMN mart.activity_daily.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.activity_daily.entity_kind IS 'character, corporation, alliance or system';

COMMENT ON COLUMN mart.activity_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.activity_daily.kills IS 'Killmails on which the entity attacked';

COMMENT ON COLUMN mart.activity_daily.losses IS 'Killmails of which the entity was the victim';

COMMENT ON COLUMN mart.activity_daily.solo_kills IS 'Kills flagged solo';

COMMENT ON COLUMN mart.activity_daily.solo_losses IS 'Losses flagged solo';

COMMENT ON COLUMN mart.activity_daily.npc_losses IS 'Losses that NPCs alone inflicted: no attacker counts. Of a system, kills_fact.npc without NPC structures that players killed';

COMMENT ON COLUMN mart.activity_daily.final_blows IS 'Kills whose final blow it struck';

COMMENT ON COLUMN mart.activity_daily.pilots IS 'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';

COMMENT ON COLUMN mart.activity_daily.kills_valued IS 'Kills that have a value; isk_killed is of these';

COMMENT ON COLUMN mart.activity_daily.losses_valued IS 'Losses that have a value; isk_lost is of these';

COMMENT ON COLUMN mart.activity_daily.points IS 'Points of its kills';

COMMENT ON COLUMN mart.activity_daily.points_lost IS 'Points of its losses';

COMMENT ON COLUMN mart.activity_daily.isk_killed IS 'ISK of its kills that have a value, each in full';

COMMENT ON COLUMN mart.activity_daily.isk_lost IS 'ISK of its losses that have a value';

COMMENT ON COLUMN mart.activity_daily.damage_done IS 'Hit points that it did on its kills; of a system those by all who count';

COMMENT ON COLUMN mart.activity_daily.damage_taken IS 'Hit points on its losses';

CREATE VIEW mart.activity_hourly AS
 SELECT entity_id,
    entity_kind,
    day,
    hour,
    (date_part('isodow'::text, day))::smallint AS weekday,
    (count(*) FILTER (WHERE is_kill))::integer AS kills,
    (count(*) FILTER (WHERE is_loss))::integer AS losses,
    COALESCE(sum(total_value) FILTER (WHERE is_kill), (0)::numeric) AS isk_killed,
    COALESCE(sum(total_value) FILTER (WHERE is_loss), (0)::numeric) AS isk_lost
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

CREATE VIEW mart.activity_trend AS
 SELECT entity_kind,
    entity_id,
    day,
    kills,
    losses,
    isk_killed,
    isk_lost,
    ((kills)::double precision / (NULLIF(losses, 0))::double precision) AS ratio,
    ((isk_killed / NULLIF((isk_killed + isk_lost), (0)::numeric)))::double precision AS efficiency,
    kills_7d,
    losses_7d,
    isk_killed_7d,
    isk_lost_7d,
    ((kills_7d)::numeric / 7.0) AS kills_per_day,
    ((isk_killed_7d / NULLIF((isk_killed_7d + isk_lost_7d), (0)::numeric)))::double precision AS efficiency_7d
   FROM ( SELECT activity_daily.entity_kind,
            activity_daily.entity_id,
            activity_daily.day,
            activity_daily.kills,
            activity_daily.losses,
            mart.known_isk(activity_daily.isk_killed, (activity_daily.kills_valued)::numeric, (activity_daily.kills)::numeric) AS isk_killed,
            mart.known_isk(activity_daily.isk_lost, (activity_daily.losses_valued)::numeric, (activity_daily.losses)::numeric) AS isk_lost,
            sum(activity_daily.kills) OVER week AS kills_7d,
            sum(activity_daily.losses) OVER week AS losses_7d,
            mart.known_isk(sum(activity_daily.isk_killed) OVER week, (sum(activity_daily.kills_valued) OVER week)::numeric, (sum(activity_daily.kills) OVER week)::numeric) AS isk_killed_7d,
            mart.known_isk(sum(activity_daily.isk_lost) OVER week, (sum(activity_daily.losses_valued) OVER week)::numeric, (sum(activity_daily.losses) OVER week)::numeric) AS isk_lost_7d
           FROM mart.activity_daily
          WINDOW week AS (PARTITION BY activity_daily.entity_kind, activity_daily.entity_id ORDER BY activity_daily.day RANGE BETWEEN '6 days'::interval PRECEDING AND CURRENT ROW)) days;

COMMENT ON VIEW mart.activity_trend IS 'Ratio, efficiency and the trend of a week, per entity and UTC day with activity';

COMMENT ON COLUMN mart.activity_trend.entity_kind IS 'character, corporation, alliance or system';

COMMENT ON COLUMN mart.activity_trend.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.activity_trend.day IS 'UTC day';

COMMENT ON COLUMN mart.activity_trend.kills IS 'Kills of the day';

COMMENT ON COLUMN mart.activity_trend.losses IS 'Losses of the day';

COMMENT ON COLUMN mart.activity_trend.isk_killed IS 'ISK killed on the day; null where none of the kills has a value';

COMMENT ON COLUMN mart.activity_trend.isk_lost IS 'ISK lost on the day; null where none of the losses has a value';

COMMENT ON COLUMN mart.activity_trend.ratio IS 'Kills for each loss; null without a loss';

COMMENT ON COLUMN mart.activity_trend.efficiency IS 'ISK killed as a share of ISK killed and lost, 0 to 1; null where both are 0 or one is unknown';

COMMENT ON COLUMN mart.activity_trend.kills_7d IS 'Kills of the day and the six days before it';

COMMENT ON COLUMN mart.activity_trend.losses_7d IS 'Losses of these seven days';

COMMENT ON COLUMN mart.activity_trend.isk_killed_7d IS 'ISK killed in these seven days; null where none of the kills has a value';

COMMENT ON COLUMN mart.activity_trend.isk_lost_7d IS 'ISK lost in these seven days; null where none of the losses has a value';

COMMENT ON COLUMN mart.activity_trend.kills_per_day IS 'Kills a day, the mean of these seven days';

COMMENT ON COLUMN mart.activity_trend.efficiency_7d IS 'Efficiency over these seven days';

CREATE TABLE mart.battle_kills (
    killmail_id bigint NOT NULL,
    battle_id bigint NOT NULL,
    victim_side smallint NOT NULL
);

COMMENT ON TABLE mart.battle_kills IS 'The killmails of each battle';

COMMENT ON COLUMN mart.battle_kills.killmail_id IS 'The killmail, see core.kills_fact';

COMMENT ON COLUMN mart.battle_kills.battle_id IS 'Its battle';

COMMENT ON COLUMN mart.battle_kills.victim_side IS 'Side in battle_sides that lost the ship';

CREATE TABLE mart.battle_sides (
    battle_id bigint NOT NULL,
    side smallint NOT NULL,
    pilots integer NOT NULL,
    kills integer NOT NULL,
    losses integer NOT NULL,
    kills_valued integer NOT NULL,
    losses_valued integer NOT NULL,
    isk_killed numeric NOT NULL,
    isk_lost numeric NOT NULL,
    alliances bigint[] NOT NULL,
    corporations bigint[] NOT NULL
);

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

CREATE VIEW mart.battle_sides_named AS
 SELECT battle_id,
    side,
    pilots,
    kills,
    losses,
    kills_valued,
    losses_valued,
    mart.known_isk(isk_killed, (kills_valued)::numeric, (kills)::numeric) AS isk_killed,
    mart.known_isk(isk_lost, (losses_valued)::numeric, (losses)::numeric) AS isk_lost,
    ( SELECT COALESCE(jsonb_agg(jsonb_build_object('entity_id', listed.id, 'name', alliances.name) ORDER BY listed.place), '[]'::jsonb) AS "coalesce"
           FROM (unnest(sides.alliances) WITH ORDINALITY listed(id, place)
             LEFT JOIN core.alliances ON ((listed.id = alliances.eve_id)))) AS alliances,
    ( SELECT COALESCE(jsonb_agg(jsonb_build_object('entity_id', listed.id, 'name', corporations.name) ORDER BY listed.place), '[]'::jsonb) AS "coalesce"
           FROM (unnest(sides.corporations) WITH ORDINALITY listed(id, place)
             LEFT JOIN core.corporations ON ((listed.id = corporations.eve_id)))) AS corporations
   FROM mart.battle_sides sides;

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

CREATE TABLE mart.battles (
    battle_id bigint NOT NULL,
    system_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    kills integer NOT NULL,
    pilots integer NOT NULL,
    sides smallint NOT NULL,
    valued integer NOT NULL,
    isk numeric NOT NULL,
    CONSTRAINT battles_check CHECK ((ended_at >= started_at))
);

COMMENT ON TABLE mart.battles IS 'Fights: killmails of one system close in time that share those who took part; the rule is in transform/battles.py';

COMMENT ON COLUMN mart.battles.battle_id IS 'Id of its first killmail';

COMMENT ON COLUMN mart.battles.system_id IS 'Solar system';

COMMENT ON COLUMN mart.battles.started_at IS 'Time of its first killmail';

COMMENT ON COLUMN mart.battles.ended_at IS 'Time of its last killmail';

COMMENT ON COLUMN mart.battles.kills IS 'Killmails, see battle_kills';

COMMENT ON COLUMN mart.battles.pilots IS 'Players'' characters on its killmails';

COMMENT ON COLUMN mart.battles.sides IS 'Rows in battle_sides';

COMMENT ON COLUMN mart.battles.valued IS 'Killmails that have a value';

COMMENT ON COLUMN mart.battles.isk IS 'ISK lost by all sides, of the killmails that have a value';

CREATE VIEW mart.battles_named AS
 SELECT battles.battle_id,
    battles.system_id,
    systems.name AS system_name,
    systems.region_name,
    battles.started_at,
    battles.ended_at,
    battles.kills,
    battles.pilots,
    battles.sides,
    battles.valued,
    mart.known_isk(battles.isk, (battles.valued)::numeric, (battles.kills)::numeric) AS isk
   FROM (mart.battles
     LEFT JOIN reference.solar_systems systems ON ((battles.system_id = systems.system_id)));

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

CREATE VIEW mart.derived_relations AS
 SELECT entity_id,
    entity_kind,
    day,
    other_id,
    (count(*) FILTER (WHERE (one_attacked AND other_attacked)))::integer AS flew_with,
    (count(*) FILTER (WHERE (one_attacked AND other_lost)))::integer AS kills,
    (count(*) FILTER (WHERE (one_lost AND other_attacked)))::integer AS losses,
    COALESCE(sum(total_value) FILTER (WHERE (one_attacked AND other_attacked)), (0)::numeric) AS isk_with,
    COALESCE(sum(total_value) FILTER (WHERE (one_attacked AND other_lost)), (0)::numeric) AS isk_killed,
    COALESCE(sum(total_value) FILTER (WHERE (one_lost AND other_attacked)), (0)::numeric) AS isk_lost
   FROM ( SELECT one.corporation_id AS entity_id,
            'corporation'::mart.entity_kind AS entity_kind,
            one.day,
            other.corporation_id AS other_id,
            ((one.role = 'attacker'::core.kill_role) OR one.also_attacked) AS one_attacked,
            (one.role = 'victim'::core.kill_role) AS one_lost,
            ((other.role = 'attacker'::core.kill_role) OR other.also_attacked) AS other_attacked,
            (other.role = 'victim'::core.kill_role) AS other_lost,
            one.total_value
           FROM (core.kill_corporations one
             JOIN core.kill_corporations other ON ((one.killmail_id = other.killmail_id)))
          WHERE ((one.corporation_id <> other.corporation_id) AND (NOT core.is_npc(NULL::bigint, one.corporation_id)) AND (NOT core.is_npc(NULL::bigint, other.corporation_id)))
        UNION ALL
         SELECT one.alliance_id AS entity_id,
            'alliance'::mart.entity_kind AS entity_kind,
            one.day,
            other.alliance_id AS other_id,
            ((one.role = 'attacker'::core.kill_role) OR one.also_attacked) AS one_attacked,
            (one.role = 'victim'::core.kill_role) AS one_lost,
            ((other.role = 'attacker'::core.kill_role) OR other.also_attacked) AS other_attacked,
            (other.role = 'victim'::core.kill_role) AS other_lost,
            one.total_value
           FROM (core.kill_alliances one
             JOIN core.kill_alliances other ON ((one.killmail_id = other.killmail_id)))
          WHERE (one.alliance_id <> other.alliance_id)) pairs
  GROUP BY entity_id, entity_kind, day, other_id;

COMMENT ON VIEW mart.derived_relations IS 'relations_daily, worked out of core for any day';

COMMENT ON COLUMN mart.derived_relations.entity_id IS 'EVE''s id of the entity that looks';

COMMENT ON COLUMN mart.derived_relations.entity_kind IS 'corporation or alliance; both ends are of the same kind';

COMMENT ON COLUMN mart.derived_relations.day IS 'UTC day';

COMMENT ON COLUMN mart.derived_relations.other_id IS 'EVE''s id of the entity at the other end';

COMMENT ON COLUMN mart.derived_relations.flew_with IS 'Killmails on which both attacked';

COMMENT ON COLUMN mart.derived_relations.kills IS 'Killmails on which the entity attacked the other';

COMMENT ON COLUMN mart.derived_relations.losses IS 'Killmails on which the other attacked the entity';

COMMENT ON COLUMN mart.derived_relations.isk_with IS 'ISK that both killed together';

COMMENT ON COLUMN mart.derived_relations.isk_killed IS 'ISK that the other lost to the entity';

COMMENT ON COLUMN mart.derived_relations.isk_lost IS 'ISK that the entity lost to the other';

CREATE VIEW mart.fleet_sizes AS
 SELECT entity_id,
    entity_kind,
    day,
    mart.fleet_size((players)::integer) AS at_least,
    (count(*) FILTER (WHERE is_kill))::integer AS kills,
    (count(*) FILTER (WHERE is_loss))::integer AS losses,
    COALESCE(sum(total_value) FILTER (WHERE is_kill), (0)::numeric) AS isk_killed,
    COALESCE(sum(total_value) FILTER (WHERE is_loss), (0)::numeric) AS isk_lost
   FROM mart.appearances
  GROUP BY entity_id, entity_kind, day, (mart.fleet_size((players)::integer));

COMMENT ON VIEW mart.fleet_sizes IS 'Kills and losses per entity and UTC day by how many attacked';

COMMENT ON COLUMN mart.fleet_sizes.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.fleet_sizes.entity_kind IS 'character, corporation, alliance or system';

COMMENT ON COLUMN mart.fleet_sizes.day IS 'UTC day';

COMMENT ON COLUMN mart.fleet_sizes.at_least IS 'Smallest number of attackers in the bucket, NPCs left out: 0 (NPCs alone), 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000';

COMMENT ON COLUMN mart.fleet_sizes.kills IS 'Kills with that many attackers, whoever they were';

COMMENT ON COLUMN mart.fleet_sizes.losses IS 'Losses to that many attackers';

COMMENT ON COLUMN mart.fleet_sizes.isk_killed IS 'ISK of these kills';

COMMENT ON COLUMN mart.fleet_sizes.isk_lost IS 'ISK of these losses';

CREATE VIEW mart.ships_daily AS
 SELECT entity_id,
    entity_kind,
    day,
    ship_type_id,
    (sum(kills_with))::integer AS kills_with,
    (count(*) FILTER (WHERE is_kill))::integer AS killed,
    (count(*) FILTER (WHERE is_loss))::integer AS lost,
    COALESCE(sum(total_value) FILTER (WHERE is_kill), (0)::numeric) AS isk_killed,
    COALESCE(sum(total_value) FILTER (WHERE is_loss), (0)::numeric) AS isk_lost
   FROM ( SELECT appearances.entity_id,
            appearances.entity_kind,
            appearances.day,
            appearances.victim_ship_type_id AS ship_type_id,
            0 AS kills_with,
            appearances.is_kill,
            appearances.is_loss,
            appearances.total_value
           FROM mart.appearances
        UNION ALL
         SELECT kill_characters.character_id,
            'character'::mart.entity_kind AS entity_kind,
            kill_characters.day,
            kill_characters.ship_type_id,
            1,
            false,
            false,
            NULL::bigint AS int8
           FROM core.kill_characters
          WHERE ((kill_characters.pilots > 0) AND (kill_characters.ship_type_id IS NOT NULL))
        UNION ALL
         SELECT crews.entity_id,
            crews.entity_kind,
            crews.day,
            flown.ship_type_id,
            flown.kills,
            false,
            false,
            NULL::bigint AS int8
           FROM (mart.crews_daily crews
             CROSS JOIN LATERAL UNNEST(crews.ship_type_ids, crews.kills_with) flown(ship_type_id, kills))) ships
  GROUP BY entity_id, entity_kind, day, ship_type_id;

COMMENT ON VIEW mart.ships_daily IS 'Ship types per entity and UTC day: flown on kills, killed, lost';

COMMENT ON COLUMN mart.ships_daily.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.ships_daily.entity_kind IS 'character, corporation, alliance or system';

COMMENT ON COLUMN mart.ships_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.ships_daily.ship_type_id IS 'Type of ship, structure or deployable; see reference.types';

COMMENT ON COLUMN mart.ships_daily.kills_with IS 'Kills on which the entity flew it; attackers whose ship is unknown are left out. A character that one killmail lists in two ships has the first of them, as it has one row there (core.kill_characters); what it belongs to, and the system, have both';

COMMENT ON COLUMN mart.ships_daily.killed IS 'Kills whose victim flew it';

COMMENT ON COLUMN mart.ships_daily.lost IS 'Losses of it';

COMMENT ON COLUMN mart.ships_daily.isk_killed IS 'ISK of those killed';

COMMENT ON COLUMN mart.ships_daily.isk_lost IS 'ISK of those lost';

CREATE VIEW mart.value_distribution AS
 SELECT entity_id,
    entity_kind,
    day,
    mart.magnitude(total_value) AS magnitude,
    (count(*) FILTER (WHERE is_kill))::integer AS kills,
    (count(*) FILTER (WHERE is_loss))::integer AS losses,
    COALESCE(sum(total_value) FILTER (WHERE is_kill), (0)::numeric) AS isk_killed,
    COALESCE(sum(total_value) FILTER (WHERE is_loss), (0)::numeric) AS isk_lost
   FROM mart.appearances
  GROUP BY entity_id, entity_kind, day, (mart.magnitude(total_value));

COMMENT ON VIEW mart.value_distribution IS 'Kills and losses per entity and UTC day by what they were worth, in powers of ten';

COMMENT ON COLUMN mart.value_distribution.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.value_distribution.entity_kind IS 'character, corporation, alliance or system';

COMMENT ON COLUMN mart.value_distribution.day IS 'UTC day';

COMMENT ON COLUMN mart.value_distribution.magnitude IS 'n holds values from 10^n to under 10^(n+1) ISK (6: 1 to 10 million); 0 what is under 10 ISK; -1 what has no value yet';

COMMENT ON COLUMN mart.value_distribution.kills IS 'Kills worth that much';

COMMENT ON COLUMN mart.value_distribution.losses IS 'Losses worth that much';

COMMENT ON COLUMN mart.value_distribution.isk_killed IS 'ISK of these kills';

COMMENT ON COLUMN mart.value_distribution.isk_lost IS 'ISK of these losses';

CREATE VIEW mart.derived_sums AS
 SELECT (0)::bigint AS entity_id,
    'day'::mart.counted_by AS counted_by,
    activity_daily.day,
    (0)::bigint AS bucket,
    (sum(activity_daily.kills))::integer AS kills,
    (sum(activity_daily.losses))::integer AS losses,
    NULL::integer AS kills_with,
    (sum(activity_daily.solo_kills))::integer AS solo_kills,
    (sum(activity_daily.solo_losses))::integer AS solo_losses,
    (sum(activity_daily.npc_losses))::integer AS npc_losses,
    (sum(activity_daily.final_blows))::integer AS final_blows,
    (sum(activity_daily.kills_valued))::integer AS kills_valued,
    (sum(activity_daily.losses_valued))::integer AS losses_valued,
    (sum(activity_daily.points))::bigint AS points,
    (sum(activity_daily.points_lost))::bigint AS points_lost,
    sum(activity_daily.isk_killed) AS isk_killed,
    sum(activity_daily.isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
   FROM mart.activity_daily
  WHERE (activity_daily.entity_kind = 'system'::mart.entity_kind)
  GROUP BY activity_daily.day
UNION ALL
 SELECT (0)::bigint AS entity_id,
    'hour'::mart.counted_by AS counted_by,
    activity_hourly.day,
    (activity_hourly.hour)::bigint AS bucket,
    (sum(activity_hourly.kills))::integer AS kills,
    (sum(activity_hourly.losses))::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(activity_hourly.isk_killed) AS isk_killed,
    sum(activity_hourly.isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
   FROM mart.activity_hourly
  WHERE (activity_hourly.entity_kind = 'system'::mart.entity_kind)
  GROUP BY activity_hourly.day, ((activity_hourly.hour)::bigint)
UNION ALL
 SELECT (0)::bigint AS entity_id,
    'magnitude'::mart.counted_by AS counted_by,
    value_distribution.day,
    (value_distribution.magnitude)::bigint AS bucket,
    (sum(value_distribution.kills))::integer AS kills,
    (sum(value_distribution.losses))::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(value_distribution.isk_killed) AS isk_killed,
    sum(value_distribution.isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
   FROM mart.value_distribution
  WHERE (value_distribution.entity_kind = 'system'::mart.entity_kind)
  GROUP BY value_distribution.day, ((value_distribution.magnitude)::bigint)
UNION ALL
 SELECT (0)::bigint AS entity_id,
    'at_least'::mart.counted_by AS counted_by,
    fleet_sizes.day,
    (fleet_sizes.at_least)::bigint AS bucket,
    (sum(fleet_sizes.kills))::integer AS kills,
    (sum(fleet_sizes.losses))::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(fleet_sizes.isk_killed) AS isk_killed,
    sum(fleet_sizes.isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
   FROM mart.fleet_sizes
  WHERE (fleet_sizes.entity_kind = 'system'::mart.entity_kind)
  GROUP BY fleet_sizes.day, ((fleet_sizes.at_least)::bigint)
UNION ALL
 SELECT (0)::bigint AS entity_id,
    'ship'::mart.counted_by AS counted_by,
    ships_daily.day,
    (ships_daily.ship_type_id)::bigint AS bucket,
    (sum(ships_daily.killed))::integer AS kills,
    (sum(ships_daily.lost))::integer AS losses,
    (sum(ships_daily.kills_with))::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(ships_daily.isk_killed) AS isk_killed,
    sum(ships_daily.isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
   FROM mart.ships_daily
  WHERE (ships_daily.entity_kind = 'system'::mart.entity_kind)
  GROUP BY ships_daily.day, ((ships_daily.ship_type_id)::bigint)
UNION ALL
 SELECT (0)::bigint AS entity_id,
    'system'::mart.counted_by AS counted_by,
    activity_daily.day,
    activity_daily.entity_id AS bucket,
    (sum(activity_daily.kills))::integer AS kills,
    (sum(activity_daily.losses))::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    (sum(activity_daily.kills_valued))::integer AS kills_valued,
    (sum(activity_daily.losses_valued))::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    sum(activity_daily.isk_killed) AS isk_killed,
    sum(activity_daily.isk_lost) AS isk_lost,
    NULL::numeric AS isk_with
   FROM mart.activity_daily
  WHERE (activity_daily.entity_kind = 'system'::mart.entity_kind)
  GROUP BY activity_daily.day, activity_daily.entity_id
UNION ALL
 SELECT sides.entity_id,
    'member'::mart.counted_by AS counted_by,
    sides.day,
    sides.corporation_id AS bucket,
    (count(*) FILTER (WHERE sides.is_kill))::integer AS kills,
    (count(*) FILTER (WHERE (NOT sides.is_kill)))::integer AS losses,
    NULL::integer AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    COALESCE(sum(sides.total_value) FILTER (WHERE sides.is_kill), (0)::numeric) AS isk_killed,
    COALESCE(sum(sides.total_value) FILTER (WHERE (NOT sides.is_kill)), (0)::numeric) AS isk_lost,
    NULL::numeric AS isk_with
   FROM ( SELECT DISTINCT crew.entity_id,
            crew.day,
            crew.corporation_id,
            crew.killmail_id,
            crew.total_value,
            (crew.attacker_index >= 0) AS is_kill
           FROM mart.crew
          WHERE ((crew.entity_kind = 'alliance'::mart.entity_kind) AND (crew.corporation_id IS NOT NULL))) sides
  GROUP BY sides.entity_id, sides.day, sides.corporation_id
UNION ALL
 SELECT derived_relations.entity_id,
    'alliance'::mart.counted_by AS counted_by,
    derived_relations.day,
    derived_relations.other_id AS bucket,
    derived_relations.kills,
    derived_relations.losses,
    derived_relations.flew_with AS kills_with,
    NULL::integer AS solo_kills,
    NULL::integer AS solo_losses,
    NULL::integer AS npc_losses,
    NULL::integer AS final_blows,
    NULL::integer AS kills_valued,
    NULL::integer AS losses_valued,
    NULL::bigint AS points,
    NULL::bigint AS points_lost,
    derived_relations.isk_killed,
    derived_relations.isk_lost,
    derived_relations.isk_with
   FROM mart.derived_relations
  WHERE (derived_relations.entity_kind = 'alliance'::mart.entity_kind);

COMMENT ON VIEW mart.derived_sums IS 'sums_daily, worked out of core for any day';

COMMENT ON COLUMN mart.derived_sums.entity_id IS '0 for everybody, all systems together; by member and alliance EVE''s id of the alliance';

COMMENT ON COLUMN mart.derived_sums.counted_by IS 'What the row is counted by. Everybody by day (one row), hour, magnitude, at_least, ship and system; an alliance by member and alliance';

COMMENT ON COLUMN mart.derived_sums.day IS 'UTC day';

COMMENT ON COLUMN mart.derived_sums.bucket IS 'Which one: UTC hour, magnitude (as in value_distribution), at_least (as in fleet_sizes), type of ship, id of the system, of the corporation, of the other alliance; 0 by day';

COMMENT ON COLUMN mart.derived_sums.kills IS 'Killmails that NPCs alone did not make; of an alliance those on which the member attacked, or it attacked the other';

COMMENT ON COLUMN mart.derived_sums.losses IS 'All killmails; of an alliance those that the member lost, or on which the other attacked it';

COMMENT ON COLUMN mart.derived_sums.kills_with IS 'By ship, kills on which somebody flew it; by alliance, killmails on which both attacked; else null';

COMMENT ON COLUMN mart.derived_sums.solo_kills IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.solo_losses IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.npc_losses IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.final_blows IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.kills_valued IS 'By day and system, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.losses_valued IS 'By day and system, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.points IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.points_lost IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.derived_sums.isk_killed IS 'ISK of the kills';

COMMENT ON COLUMN mart.derived_sums.isk_lost IS 'ISK of the losses';

COMMENT ON COLUMN mart.derived_sums.isk_with IS 'By alliance, ISK that both killed together; else null';

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
    isk_with numeric
);

COMMENT ON TABLE mart.settled_sums IS 'sums_daily, kept of days that are over';

COMMENT ON COLUMN mart.settled_sums.entity_id IS '0 for everybody, all systems together; by member and alliance EVE''s id of the alliance';

COMMENT ON COLUMN mart.settled_sums.counted_by IS 'What the row is counted by. Everybody by day (one row), hour, magnitude, at_least, ship and system; an alliance by member and alliance';

COMMENT ON COLUMN mart.settled_sums.day IS 'UTC day';

COMMENT ON COLUMN mart.settled_sums.bucket IS 'Which one: UTC hour, magnitude (as in value_distribution), at_least (as in fleet_sizes), type of ship, id of the system, of the corporation, of the other alliance; 0 by day';

COMMENT ON COLUMN mart.settled_sums.kills IS 'Killmails that NPCs alone did not make; of an alliance those on which the member attacked, or it attacked the other';

COMMENT ON COLUMN mart.settled_sums.losses IS 'All killmails; of an alliance those that the member lost, or on which the other attacked it';

COMMENT ON COLUMN mart.settled_sums.kills_with IS 'By ship, kills on which somebody flew it; by alliance, killmails on which both attacked; else null';

COMMENT ON COLUMN mart.settled_sums.solo_kills IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.solo_losses IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.npc_losses IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.final_blows IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.kills_valued IS 'By day and system, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.losses_valued IS 'By day and system, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.points IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.points_lost IS 'By day, as in activity_daily; else null';

COMMENT ON COLUMN mart.settled_sums.isk_killed IS 'ISK of the kills';

COMMENT ON COLUMN mart.settled_sums.isk_lost IS 'ISK of the losses';

COMMENT ON COLUMN mart.settled_sums.isk_with IS 'By alliance, ISK that both killed together; else null';

CREATE VIEW mart.sums_daily AS
 SELECT settled.entity_id,
    settled.counted_by,
    settled.day,
    settled.bucket,
    settled.kills,
    settled.losses,
    settled.kills_with,
    settled.solo_kills,
    settled.solo_losses,
    settled.npc_losses,
    settled.final_blows,
    settled.kills_valued,
    settled.losses_valued,
    settled.points,
    settled.points_lost,
    settled.isk_killed,
    settled.isk_lost,
    settled.isk_with
   FROM mart.settled_sums settled
  WHERE (settled.day <> ALL (ARRAY( SELECT open.day
           FROM mart.open_days open)))
UNION ALL
 SELECT derived.entity_id,
    derived.counted_by,
    derived.day,
    derived.bucket,
    derived.kills,
    derived.losses,
    derived.kills_with,
    derived.solo_kills,
    derived.solo_losses,
    derived.npc_losses,
    derived.final_blows,
    derived.kills_valued,
    derived.losses_valued,
    derived.points,
    derived.points_lost,
    derived.isk_killed,
    derived.isk_lost,
    derived.isk_with
   FROM mart.derived_sums derived
  WHERE (derived.day = ANY (ARRAY( SELECT open.day
           FROM mart.open_days open)));

COMMENT ON VIEW mart.sums_daily IS 'Kills and losses per UTC day: of everybody in all and by hour, value, fleet, ship and system; of alliances by member and other alliance';

COMMENT ON COLUMN mart.sums_daily.entity_id IS '0 for everybody, all systems together; by member and alliance EVE''s id of the alliance';

COMMENT ON COLUMN mart.sums_daily.counted_by IS 'What the row is counted by. Everybody by day (one row), hour, magnitude, at_least, ship and system; an alliance by member and alliance';

COMMENT ON COLUMN mart.sums_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.sums_daily.bucket IS 'Which one: UTC hour, magnitude (as in value_distribution), at_least (as in fleet_sizes), type of ship, id of the system, of the corporation, of the other alliance; 0 by day';

COMMENT ON COLUMN mart.sums_daily.kills IS 'Killmails that NPCs alone did not make; of an alliance those on which the member attacked, or it attacked the other';

COMMENT ON COLUMN mart.sums_daily.losses IS 'All killmails; of an alliance those that the member lost, or on which the other attacked it';

COMMENT ON COLUMN mart.sums_daily.kills_with IS 'By ship, kills on which somebody flew it; by alliance, killmails on which both attacked; else null';

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
 SELECT entity_id,
    day,
    bucket AS corporation_id,
    kills,
    losses,
    isk_killed,
    isk_lost
   FROM mart.sums_daily
  WHERE (counted_by = 'member'::mart.counted_by);

COMMENT ON VIEW mart.members_daily IS 'Which corporations killed and lost within an alliance, per UTC day: a part of corporations_daily';

COMMENT ON COLUMN mart.members_daily.entity_id IS 'EVE''s id of the alliance';

COMMENT ON COLUMN mart.members_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.members_daily.corporation_id IS 'A corporation, of that alliance on these killmails';

COMMENT ON COLUMN mart.members_daily.kills IS 'Killmails on which the corporation attacked';

COMMENT ON COLUMN mart.members_daily.losses IS 'Killmails of which the corporation was the victim';

COMMENT ON COLUMN mart.members_daily.isk_killed IS 'ISK of its kills';

COMMENT ON COLUMN mart.members_daily.isk_lost IS 'ISK of its losses';

CREATE VIEW mart.corporations_daily AS
 SELECT members_daily.entity_id,
    'alliance'::mart.entity_kind AS entity_kind,
    members_daily.day,
    members_daily.corporation_id,
    members_daily.kills,
    members_daily.losses,
    members_daily.isk_killed,
    members_daily.isk_lost
   FROM mart.members_daily
UNION ALL
 SELECT places.system_id AS entity_id,
    'system'::mart.entity_kind AS entity_kind,
    places.day,
    here.corporation_id,
    (count(*) FILTER (WHERE ((here.role = 'attacker'::core.kill_role) OR here.also_attacked)))::integer AS kills,
    (count(*) FILTER (WHERE (here.role = 'victim'::core.kill_role)))::integer AS losses,
    COALESCE(sum(here.total_value) FILTER (WHERE ((here.role = 'attacker'::core.kill_role) OR here.also_attacked)), (0)::numeric) AS isk_killed,
    COALESCE(sum(here.total_value) FILTER (WHERE (here.role = 'victim'::core.kill_role)), (0)::numeric) AS isk_lost
   FROM (core.kill_systems places
     JOIN core.kill_corporations here ON ((places.killmail_id = here.killmail_id)))
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

CREATE VIEW mart.days_behind AS
 SELECT day,
    min(touched_at) AS since
   FROM mart.touched_days
  WHERE ((NOT are_battles_found) OR (day <> ALL (ARRAY( SELECT open.day
           FROM mart.open_days open))))
  GROUP BY day;

COMMENT ON VIEW mart.days_behind IS 'UTC days that the mart does not show as they are: their battles are still to be found, or their sums are from before';

COMMENT ON COLUMN mart.days_behind.day IS 'UTC day';

COMMENT ON COLUMN mart.days_behind.since IS 'When they changed first since then';

CREATE VIEW mart.derived_items AS
 SELECT places.day,
    items.type_id,
    (count(DISTINCT items.killmail_id))::integer AS killmails,
    sum(items.quantity_dropped) AS dropped,
    sum(items.quantity_destroyed) AS destroyed,
    sum(((items.quantity_dropped)::numeric * items.unit_price)) AS dropped_value,
    sum(((items.quantity_destroyed)::numeric * items.unit_price)) AS destroyed_value
   FROM (core.kill_systems places
     CROSS JOIN LATERAL ( SELECT held.killmail_id,
            held.quantity_dropped,
            held.quantity_destroyed,
            held.type_id,
            held.item_index,
            held.parent_index,
            held.flag,
            held.singleton,
            held.unit_price
           FROM core.kill_items held
          WHERE (held.killmail_id = places.killmail_id)
         OFFSET 0) items)
  GROUP BY places.day, items.type_id;

COMMENT ON VIEW mart.derived_items IS 'items_daily, worked out of core for any day';

COMMENT ON COLUMN mart.derived_items.day IS 'UTC day';

COMMENT ON COLUMN mart.derived_items.type_id IS 'Type of the item, containers and what is in them alike; see reference.types';

COMMENT ON COLUMN mart.derived_items.killmails IS 'Killmails that had it';

COMMENT ON COLUMN mart.derived_items.dropped IS 'How many dropped';

COMMENT ON COLUMN mart.derived_items.destroyed IS 'How many were destroyed';

COMMENT ON COLUMN mart.derived_items.dropped_value IS 'ISK of those that dropped, by kill_items.unit_price; null where no piece has one';

COMMENT ON COLUMN mart.derived_items.destroyed_value IS 'ISK of those destroyed, by kill_items.unit_price; null where no piece has one';

CREATE TABLE mart.settled_items (
    day date NOT NULL,
    type_id integer NOT NULL,
    killmails integer NOT NULL,
    dropped numeric NOT NULL,
    destroyed numeric NOT NULL,
    dropped_value numeric,
    destroyed_value numeric
);

COMMENT ON TABLE mart.settled_items IS 'items_daily, kept of days that are over';

COMMENT ON COLUMN mart.settled_items.day IS 'UTC day';

COMMENT ON COLUMN mart.settled_items.type_id IS 'Type of the item, containers and what is in them alike; see reference.types';

COMMENT ON COLUMN mart.settled_items.killmails IS 'Killmails that had it';

COMMENT ON COLUMN mart.settled_items.dropped IS 'How many dropped';

COMMENT ON COLUMN mart.settled_items.destroyed IS 'How many were destroyed';

COMMENT ON COLUMN mart.settled_items.dropped_value IS 'ISK of those that dropped, by kill_items.unit_price; null where no piece has one';

COMMENT ON COLUMN mart.settled_items.destroyed_value IS 'ISK of those destroyed, by kill_items.unit_price; null where no piece has one';

CREATE VIEW mart.items_daily AS
 SELECT settled.day,
    settled.type_id,
    settled.killmails,
    settled.dropped,
    settled.destroyed,
    settled.dropped_value,
    settled.destroyed_value
   FROM mart.settled_items settled
  WHERE (settled.day <> ALL (ARRAY( SELECT open.day
           FROM mart.open_days open)))
UNION ALL
 SELECT derived.day,
    derived.type_id,
    derived.killmails,
    derived.dropped,
    derived.destroyed,
    derived.dropped_value,
    derived.destroyed_value
   FROM mart.derived_items derived
  WHERE (derived.day = ANY (ARRAY( SELECT open.day
           FROM mart.open_days open)));

COMMENT ON VIEW mart.items_daily IS 'Items that dropped and were destroyed per UTC day and type, everybody''s; the ships themselves are in ships_daily';

COMMENT ON COLUMN mart.items_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.items_daily.type_id IS 'Type of the item, containers and what is in them alike; see reference.types';

COMMENT ON COLUMN mart.items_daily.killmails IS 'Killmails that had it';

COMMENT ON COLUMN mart.items_daily.dropped IS 'How many dropped';

COMMENT ON COLUMN mart.items_daily.destroyed IS 'How many were destroyed';

COMMENT ON COLUMN mart.items_daily.dropped_value IS 'ISK of those that dropped, by kill_items.unit_price; null where no piece has one';

COMMENT ON COLUMN mart.items_daily.destroyed_value IS 'ISK of those destroyed, by kill_items.unit_price; null where no piece has one';

CREATE VIEW mart.regions_daily AS
 SELECT systems.region_id,
    systems.region_name,
    sums.day,
    sum(sums.kills) AS kills,
    sum(sums.losses) AS losses,
    mart.known_isk(sum(sums.isk_lost), (sum(sums.losses_valued))::numeric, (sum(sums.losses))::numeric) AS isk_lost,
    sum(sums.losses_valued) AS losses_valued,
    count(*) AS systems
   FROM (mart.sums_daily sums
     JOIN reference.solar_systems systems ON ((sums.bucket = systems.system_id)))
  WHERE ((sums.entity_id = 0) AND (sums.counted_by = 'system'::mart.counted_by))
  GROUP BY systems.region_id, systems.region_name, sums.day;

COMMENT ON VIEW mart.regions_daily IS 'What was lost per region and UTC day; systems that reference does not know are left out';

COMMENT ON COLUMN mart.regions_daily.region_id IS 'Region';

COMMENT ON COLUMN mart.regions_daily.region_name IS 'Its name';

COMMENT ON COLUMN mart.regions_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.regions_daily.kills IS 'Killmails there that NPCs alone did not make';

COMMENT ON COLUMN mart.regions_daily.losses IS 'All killmails there';

COMMENT ON COLUMN mart.regions_daily.isk_lost IS 'ISK lost there; null where nothing of it has a value';

COMMENT ON COLUMN mart.regions_daily.losses_valued IS 'Killmails there that have a value; isk_lost is of these';

COMMENT ON COLUMN mart.regions_daily.systems IS 'Systems in which something was lost';

CREATE VIEW mart.relations_daily AS
 SELECT derived_relations.entity_id,
    derived_relations.entity_kind,
    derived_relations.day,
    derived_relations.other_id,
    derived_relations.flew_with,
    derived_relations.kills,
    derived_relations.losses,
    derived_relations.isk_with,
    derived_relations.isk_killed,
    derived_relations.isk_lost
   FROM mart.derived_relations
  WHERE (derived_relations.entity_kind = 'corporation'::mart.entity_kind)
UNION ALL
 SELECT sums_daily.entity_id,
    'alliance'::mart.entity_kind AS entity_kind,
    sums_daily.day,
    sums_daily.bucket AS other_id,
    sums_daily.kills_with AS flew_with,
    sums_daily.kills,
    sums_daily.losses,
    sums_daily.isk_with,
    sums_daily.isk_killed,
    sums_daily.isk_lost
   FROM mart.sums_daily
  WHERE (sums_daily.counted_by = 'alliance'::mart.counted_by);

COMMENT ON VIEW mart.relations_daily IS 'Whom a corporation or alliance flew with and fought, per UTC day; each edge from both ends. NPC corporations are left out';

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

CREATE VIEW mart.systems_daily AS
 SELECT entity_id,
    entity_kind,
    day,
    system_id,
    (count(*) FILTER (WHERE is_kill))::integer AS kills,
    (count(*) FILTER (WHERE is_loss))::integer AS losses,
    COALESCE(sum(total_value) FILTER (WHERE is_kill), (0)::numeric) AS isk_killed,
    COALESCE(sum(total_value) FILTER (WHERE is_loss), (0)::numeric) AS isk_lost
   FROM mart.appearances
  WHERE (entity_kind <> 'system'::mart.entity_kind)
  GROUP BY entity_id, entity_kind, day, system_id;

COMMENT ON VIEW mart.systems_daily IS 'Where an entity killed and lost, per UTC day; all that happened in a system is in activity_daily, entity_kind system';

COMMENT ON COLUMN mart.systems_daily.entity_id IS 'EVE''s id of the entity';

COMMENT ON COLUMN mart.systems_daily.entity_kind IS 'character, corporation or alliance';

COMMENT ON COLUMN mart.systems_daily.day IS 'UTC day';

COMMENT ON COLUMN mart.systems_daily.system_id IS 'Solar system; its region is in reference.solar_systems';

COMMENT ON COLUMN mart.systems_daily.kills IS 'Killmails there on which the entity attacked';

COMMENT ON COLUMN mart.systems_daily.losses IS 'Killmails there of which the entity was the victim';

COMMENT ON COLUMN mart.systems_daily.isk_killed IS 'ISK of its kills';

COMMENT ON COLUMN mart.systems_daily.isk_lost IS 'ISK of its losses';

ALTER TABLE mart.touched_days ALTER COLUMN touch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mart.touched_days_touch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ops.alerts (
    alert_id bigint NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone,
    notified_at timestamp with time zone,
    message text NOT NULL,
    value double precision,
    threshold double precision
);

COMMENT ON TABLE ops.alerts IS 'Alerts, one open row per rule at most';

COMMENT ON COLUMN ops.alerts.alert_id IS 'Number of the alert';

COMMENT ON COLUMN ops.alerts.rule IS 'Rule that opened it';

COMMENT ON COLUMN ops.alerts.severity IS 'info, warning or critical';

COMMENT ON COLUMN ops.alerts.opened_at IS 'When it opened';

COMMENT ON COLUMN ops.alerts.updated_at IS 'When it was last evaluated as still true';

COMMENT ON COLUMN ops.alerts.resolved_at IS 'When it resolved; null while open';

COMMENT ON COLUMN ops.alerts.notified_at IS 'When its opening was put into a message; null while it is muted or there is nobody to notify';

COMMENT ON COLUMN ops.alerts.message IS 'What is wrong, in a sentence';

COMMENT ON COLUMN ops.alerts.value IS 'Measured value';

COMMENT ON COLUMN ops.alerts.threshold IS 'Threshold it crossed';

ALTER TABLE ops.alerts ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ops.alerts_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ops.digests (
    day date NOT NULL,
    entity text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    attempted_at timestamp with time zone NOT NULL,
    posted_at timestamp with time zone,
    error text,
    CONSTRAINT digests_state_check CHECK ((state = ANY (ARRAY['posting'::text, 'posted'::text, 'failed'::text])))
);

COMMENT ON TABLE ops.digests IS 'Daily digests, each day posted once';

COMMENT ON COLUMN ops.digests.day IS 'UTC day that it is about';

COMMENT ON COLUMN ops.digests.entity IS 'Whom it is about, such as alliance:99000001; empty is everybody';

COMMENT ON COLUMN ops.digests.state IS 'posted; failed: refused, is tried again; posting: under way, or ended without an answer: only a person can know';

COMMENT ON COLUMN ops.digests.attempts IS 'How often it was tried';

COMMENT ON COLUMN ops.digests.attempted_at IS 'When it was tried last';

COMMENT ON COLUMN ops.digests.posted_at IS 'When the webhook took it';

COMMENT ON COLUMN ops.digests.error IS 'Why the last attempt failed, without secrets';

CREATE TABLE ops.mutes (
    rule text NOT NULL,
    until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    muted_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE ops.mutes IS 'Rules whose alerts are recorded for a while without notifying anybody';

COMMENT ON COLUMN ops.mutes.rule IS 'The rule';

COMMENT ON COLUMN ops.mutes.until IS 'From then on people are notified again';

COMMENT ON COLUMN ops.mutes.reason IS 'Why, in the words of who muted it';

COMMENT ON COLUMN ops.mutes.muted_at IS 'When it was muted';

CREATE TABLE ops.notifications (
    notification_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    target text NOT NULL,
    severity text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    attempted_at timestamp with time zone,
    sent_at timestamp with time zone,
    error text,
    CONSTRAINT notifications_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text])))
);

COMMENT ON TABLE ops.notifications IS 'Messages about alerts, one per target and evaluation; stored with the alerts, sent afterwards';

COMMENT ON COLUMN ops.notifications.notification_id IS 'Number of the message';

COMMENT ON COLUMN ops.notifications.created_at IS 'Evaluation that made it';

COMMENT ON COLUMN ops.notifications.target IS 'Whom it is for: place in the connection and kind of service, never its address';

COMMENT ON COLUMN ops.notifications.severity IS 'The highest of its alerts; resolved where all are';

COMMENT ON COLUMN ops.notifications.subject IS 'First line';

COMMENT ON COLUMN ops.notifications.body IS 'Text';

COMMENT ON COLUMN ops.notifications.state IS 'waiting, sent, or failed: given up after 12 attempts';

COMMENT ON COLUMN ops.notifications.attempts IS 'How often it was tried';

COMMENT ON COLUMN ops.notifications.attempted_at IS 'When it was tried last';

COMMENT ON COLUMN ops.notifications.sent_at IS 'When the target took it';

COMMENT ON COLUMN ops.notifications.error IS 'Why the last attempt failed, without secrets';

ALTER TABLE ops.notifications ALTER COLUMN notification_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ops.notifications_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ops.paces (
    service text NOT NULL,
    next_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE ops.paces IS 'At what pace upstreams are asked, by all processes of this installation together';

COMMENT ON COLUMN ops.paces.service IS 'The upstream';

COMMENT ON COLUMN ops.paces.next_at IS 'From when on the next request may be sent';

CREATE TABLE ops.pauses (
    service text NOT NULL,
    until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    set_at timestamp with time zone DEFAULT now() NOT NULL,
    refusals integer DEFAULT 1 NOT NULL
);

COMMENT ON TABLE ops.pauses IS 'Upstreams that asked to be left alone for a while; outlives processes, binds all workers';

COMMENT ON COLUMN ops.pauses.service IS 'The upstream';

COMMENT ON COLUMN ops.pauses.until IS 'Nothing is asked of it before';

COMMENT ON COLUMN ops.pauses.reason IS 'What it said';

COMMENT ON COLUMN ops.pauses.set_at IS 'When it said so';

COMMENT ON COLUMN ops.pauses.refusals IS 'How often in a row it said so; 0 once it has answered since';

CREATE TABLE ops.request_stats (
    at timestamp with time zone NOT NULL,
    service text NOT NULL,
    route text NOT NULL,
    status integer NOT NULL,
    requests bigint DEFAULT 0 NOT NULL,
    cache_hits bigint DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    latency_buckets bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE ops.request_stats IS 'Requests per minute, service, route and status; housekeeping rolls up what is older';

COMMENT ON COLUMN ops.request_stats.at IS 'The minute; the hour after 7 days; 1970-01-01 for all that is older than KILLMART_STATISTICS_DAYS';

COMMENT ON COLUMN ops.request_stats.service IS 'redisq, r2z2, esi, everef, sde';

COMMENT ON COLUMN ops.request_stats.route IS 'Route with its ids left out';

COMMENT ON COLUMN ops.request_stats.status IS 'HTTP status; 0 where no answer came';

COMMENT ON COLUMN ops.request_stats.requests IS 'Requests that went over the wire, every hop and retry';

COMMENT ON COLUMN ops.request_stats.cache_hits IS 'Answers that came from the cache';

COMMENT ON COLUMN ops.request_stats.seconds IS 'Sum of the latencies of the requests on the wire';

COMMENT ON COLUMN ops.request_stats.latency_buckets IS 'Requests per latency bucket';

COMMENT ON COLUMN ops.request_stats.bytes IS 'Bytes of the bodies received';

CREATE TABLE ops.run_metrics (
    at timestamp with time zone DEFAULT now() NOT NULL,
    dag_id text,
    run_id text,
    batch_id bigint,
    stage text NOT NULL,
    metric text NOT NULL,
    label text,
    value double precision NOT NULL
);

COMMENT ON TABLE ops.run_metrics IS 'What each stage of each run did, and samples of how things stand; housekeeping rolls up what is older';

COMMENT ON COLUMN ops.run_metrics.at IS 'When it was recorded; the hour after 7 days (gauge) or 30; 1970-01-01 for the sums of all that is older than KILLMART_STATISTICS_DAYS';

COMMENT ON COLUMN ops.run_metrics.dag_id IS 'DAG; null on the command line';

COMMENT ON COLUMN ops.run_metrics.run_id IS 'DAG run; null on the command line';

COMMENT ON COLUMN ops.run_metrics.batch_id IS 'Batch, where the stage worked on one';

COMMENT ON COLUMN ops.run_metrics.stage IS 'drain, fetch, transform, validate, promote, record; plan, progress, sum_up of a backfill; a chore of housekeeping; gauge for samples';

COMMENT ON COLUMN ops.run_metrics.metric IS 'What was measured; its unit is in the name';

COMMENT ON COLUMN ops.run_metrics.label IS 'Of what, where there are several: the service, the feed, the state; else null';

COMMENT ON COLUMN ops.run_metrics.value IS 'The value';

CREATE TABLE ops.token_ledger (
    service text NOT NULL,
    spent_at timestamp with time zone NOT NULL,
    tokens integer NOT NULL
);

COMMENT ON TABLE ops.token_ledger IS 'Tokens spent at an upstream with a floating window, by all workers of this installation';

COMMENT ON COLUMN ops.token_ledger.service IS 'The upstream';

COMMENT ON COLUMN ops.token_ledger.spent_at IS 'When they were spent, in steps of a five-hundredth of the window';

COMMENT ON COLUMN ops.token_ledger.tokens IS 'How many; reserved at the dearest price, settled when the answer is there';

CREATE TABLE ops.token_limits (
    service text NOT NULL,
    tokens integer NOT NULL,
    window_seconds double precision NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE ops.token_limits IS 'What upstreams say in their headers about their token bucket; every worker goes by it';

COMMENT ON COLUMN ops.token_limits.service IS 'The upstream';

COMMENT ON COLUMN ops.token_limits.tokens IS 'Tokens in a window';

COMMENT ON COLUMN ops.token_limits.window_seconds IS 'Length of the floating window in seconds';

COMMENT ON COLUMN ops.token_limits.seen_at IS 'When it said so first';

CREATE TABLE staging.killmails (
    killmail_id bigint NOT NULL,
    killmail_hash text NOT NULL,
    feed text NOT NULL,
    zkb jsonb,
    body bytea,
    state text DEFAULT 'pending'::text NOT NULL,
    batch_id bigint,
    attempts integer DEFAULT 0 NOT NULL,
    refetches integer DEFAULT 0 NOT NULL,
    rejections integer DEFAULT 0 NOT NULL,
    is_republished boolean DEFAULT false NOT NULL,
    next_attempt_at timestamp with time zone,
    error text,
    staged_at timestamp with time zone DEFAULT now() NOT NULL,
    fetched_at timestamp with time zone,
    promoted_at timestamp with time zone,
    promoted_batch_id bigint,
    CONSTRAINT killmails_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'fetched'::text, 'blocked'::text, 'promoted'::text, 'quarantined'::text, 'gone'::text])))
);

COMMENT ON TABLE staging.killmails IS 'One row per killmail that a source named; nothing leaves it without a state';

COMMENT ON COLUMN staging.killmails.killmail_id IS 'EVE''s id of the killmail';

COMMENT ON COLUMN staging.killmails.killmail_hash IS 'Hash that the source gave, which ESI wants with the id';

COMMENT ON COLUMN staging.killmails.feed IS 'Source that named it last';

COMMENT ON COLUMN staging.killmails.zkb IS 'zKillboard''s block as the feed gave it; null from sources without one';

COMMENT ON COLUMN staging.killmails.body IS 'Body as received, byte for byte (jsonb refuses NUL and lone surrogates)';

COMMENT ON COLUMN staging.killmails.state IS 'pending (no body yet), fetched, blocked, promoted, quarantined, gone';

COMMENT ON COLUMN staging.killmails.batch_id IS 'Batch that has claimed it; null while unclaimed';

COMMENT ON COLUMN staging.killmails.attempts IS 'Requests for its body so far';

COMMENT ON COLUMN staging.killmails.refetches IS 'Times its body failed its identity checks and was asked for again';

COMMENT ON COLUMN staging.killmails.rejections IS 'Times ESI called id and hash wrong (422), untrue once under load';

COMMENT ON COLUMN staging.killmails.is_republished IS 'Another body came under the same hash: the next batch derives it again, although core knows the hash';

COMMENT ON COLUMN staging.killmails.next_attempt_at IS 'Not to be fetched before; null is at once';

COMMENT ON COLUMN staging.killmails.error IS 'Why the last attempt failed';

COMMENT ON COLUMN staging.killmails.staged_at IS 'When a source first named it, or it went on after waiting for a person';

COMMENT ON COLUMN staging.killmails.fetched_at IS 'When its body arrived';

COMMENT ON COLUMN staging.killmails.promoted_at IS 'When it was promoted (or found known)';

COMMENT ON COLUMN staging.killmails.promoted_batch_id IS 'Batch that promoted it last; an older one that comes later leaves it alone';

CREATE VIEW ops.waiting_killmails AS
 SELECT killmails.killmail_id,
    killmails.state,
    killmails.staged_at
   FROM staging.killmails
  WHERE (killmails.state = 'pending'::text)
UNION ALL
 SELECT killmails.killmail_id,
    killmails.state,
    killmails.staged_at
   FROM staging.killmails
  WHERE (killmails.state = 'fetched'::text);

COMMENT ON VIEW ops.waiting_killmails IS 'One row per killmail that is on its way to core and waits for nobody but the pipeline';

COMMENT ON COLUMN ops.waiting_killmails.killmail_id IS 'The killmail';

COMMENT ON COLUMN ops.waiting_killmails.state IS 'pending (for its body) or fetched (for its batch)';

COMMENT ON COLUMN ops.waiting_killmails.staged_at IS 'When it was named first';

CREATE TABLE public.schema_revisions (
    revision text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.schema_revisions IS 'One row per revision that was applied';

COMMENT ON COLUMN public.schema_revisions.revision IS 'Its number, as in migrations/sql';

COMMENT ON COLUMN public.schema_revisions.checksum IS 'SHA-256 of its SQL files, as they were';

COMMENT ON COLUMN public.schema_revisions.applied_at IS 'When';

CREATE TABLE quality.actions (
    action_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    batch_id bigint,
    quarantine_id bigint,
    killmail_id bigint,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT actions_action_check CHECK ((action = ANY (ARRAY['ask_review'::text, 'release_batch'::text, 'reject_batch'::text, 'retry_batch'::text, 'retry'::text, 'release'::text, 'discard'::text])))
);

COMMENT ON TABLE quality.actions IS 'One row per thing that a person did with a batch or a killmail; written once, without foreign keys, so that it outlives them';

COMMENT ON COLUMN quality.actions.action_id IS 'Number of the action';

COMMENT ON COLUMN quality.actions.at IS 'When';

COMMENT ON COLUMN quality.actions.actor IS 'Who: a user of Airflow, of the command line, or the DAG where nobody answered';

COMMENT ON COLUMN quality.actions.action IS 'ask_review, release_batch, reject_batch, retry_batch on a batch; retry, release, discard on a killmail in quarantine';

COMMENT ON COLUMN quality.actions.batch_id IS 'The batch; of a release the one that brought the killmail to core';

COMMENT ON COLUMN quality.actions.quarantine_id IS 'The entry in quarantine; null where it was about a batch';

COMMENT ON COLUMN quality.actions.killmail_id IS 'The killmail; null where it was about a batch, or not even that could be read';

COMMENT ON COLUMN quality.actions.note IS 'Why, in the person''s words';

ALTER TABLE quality.actions ALTER COLUMN action_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME quality.actions_action_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE quality.column_profiles (
    source text NOT NULL,
    day date NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    batches integer NOT NULL,
    rows bigint NOT NULL,
    nulls bigint NOT NULL
);

COMMENT ON TABLE quality.column_profiles IS 'How many cells of a column are empty: the batches of one source that the gate let pass, added up by day';

COMMENT ON COLUMN quality.column_profiles.source IS 'Where the batches came from, as in staging.batches: each source leaves others empty';

COMMENT ON COLUMN quality.column_profiles.day IS 'UTC day of the latest kill of a batch';

COMMENT ON COLUMN quality.column_profiles.table_name IS 'Table, without a batch number';

COMMENT ON COLUMN quality.column_profiles.column_name IS 'Column';

COMMENT ON COLUMN quality.column_profiles.batches IS 'Passages through the gate that are added up here';

COMMENT ON COLUMN quality.column_profiles.rows IS 'Rows that they had';

COMMENT ON COLUMN quality.column_profiles.nulls IS 'Rows of these whose cell is empty';

CREATE TABLE quality.day_coverage (
    day date NOT NULL,
    expected integer NOT NULL,
    loaded integer NOT NULL,
    quarantined integer NOT NULL,
    missing bigint[] NOT NULL,
    sources text[] NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    refused bigint[] DEFAULT '{}'::bigint[] NOT NULL
);

COMMENT ON TABLE quality.day_coverage IS 'One row per UTC day: what should be there and what is';

COMMENT ON COLUMN quality.day_coverage.day IS 'UTC day';

COMMENT ON COLUMN quality.day_coverage.expected IS 'Ids in the list, the archive or core of that day';

COMMENT ON COLUMN quality.day_coverage.loaded IS 'Of these, how many are in core';

COMMENT ON COLUMN quality.day_coverage.quarantined IS 'Of these, how many are in quarantine';

COMMENT ON COLUMN quality.day_coverage.missing IS 'Ids that are in neither';

COMMENT ON COLUMN quality.day_coverage.sources IS 'What the expectation rests on; empty while no source has the day yet';

COMMENT ON COLUMN quality.day_coverage.checked_at IS 'When it was last compared';

COMMENT ON COLUMN quality.day_coverage.refused IS 'Ids in quarantine, which stay expected when no source names them';

CREATE TABLE quality.quarantine (
    quarantine_id bigint NOT NULL,
    killmail_id bigint,
    killmail_hash text,
    batch_id bigint,
    reason text NOT NULL,
    detail text NOT NULL,
    body bytea,
    feed text NOT NULL,
    quarantined_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone,
    resolution text,
    resolved_by text
);

COMMENT ON TABLE quality.quarantine IS 'Killmails that may not enter core as they are, each with its reason and body';

COMMENT ON COLUMN quality.quarantine.quarantine_id IS 'Number of the entry';

COMMENT ON COLUMN quality.quarantine.killmail_id IS 'The killmail; null where not even that could be read';

COMMENT ON COLUMN quality.quarantine.killmail_hash IS 'Hash that the source gave';

COMMENT ON COLUMN quality.quarantine.batch_id IS 'Batch that refused it; null where the feed''s answer was unreadable';

COMMENT ON COLUMN quality.quarantine.reason IS 'Which rule it broke, in one word';

COMMENT ON COLUMN quality.quarantine.detail IS 'How, in a sentence';

COMMENT ON COLUMN quality.quarantine.body IS 'Body as received';

COMMENT ON COLUMN quality.quarantine.feed IS 'Source it came from';

COMMENT ON COLUMN quality.quarantine.quarantined_at IS 'When';

COMMENT ON COLUMN quality.quarantine.resolved_at IS 'When it was dealt with; null while open';

COMMENT ON COLUMN quality.quarantine.resolution IS 'superseded (a good body came), retried, released, discarded';

COMMENT ON COLUMN quality.quarantine.resolved_by IS 'Who did; a person or the pipeline';

CREATE VIEW quality.coverage AS
 SELECT day,
    expected,
    loaded,
    quarantined,
    cardinality(missing) AS missing,
    sources,
    checked_at,
    missing AS missing_ids,
    ARRAY( SELECT DISTINCT entry.killmail_id
           FROM quality.quarantine entry
          WHERE ((entry.killmail_id = ANY (coverage.refused)) AND ((entry.resolved_at IS NULL) OR (entry.resolution = 'discarded'::text)))
          ORDER BY entry.killmail_id) AS refused_ids
   FROM quality.day_coverage coverage;

COMMENT ON VIEW quality.coverage IS 'One row per UTC day that was ever compared with its sources: how complete it is';

COMMENT ON COLUMN quality.coverage.day IS 'UTC day';

COMMENT ON COLUMN quality.coverage.expected IS 'Ids in the list, the archive or core of that day';

COMMENT ON COLUMN quality.coverage.loaded IS 'Of these, how many are in core';

COMMENT ON COLUMN quality.coverage.quarantined IS 'Of these, how many are in quarantine';

COMMENT ON COLUMN quality.coverage.missing IS 'Of these, how many are in neither';

COMMENT ON COLUMN quality.coverage.sources IS 'What the expectation rests on; empty while no source has the day yet';

COMMENT ON COLUMN quality.coverage.checked_at IS 'When it was last compared';

COMMENT ON COLUMN quality.coverage.missing_ids IS 'Ids that are neither in core nor in quarantine';

COMMENT ON COLUMN quality.coverage.refused_ids IS 'Ids that were in quarantine when it was compared and still are, or were discarded';

CREATE TABLE quality.expectation_days (
    table_name text NOT NULL,
    expectation text NOT NULL,
    day date NOT NULL,
    column_name text,
    severity text NOT NULL,
    why text NOT NULL,
    runs integer NOT NULL,
    failures integer NOT NULL,
    unexpected bigint NOT NULL
);

COMMENT ON TABLE quality.expectation_days IS 'One row per expectation and UTC day: how often it was looked at and failed';

COMMENT ON COLUMN quality.expectation_days.table_name IS 'Table that was looked at, without its batch number';

COMMENT ON COLUMN quality.expectation_days.expectation IS 'Name of the expectation';

COMMENT ON COLUMN quality.expectation_days.day IS 'UTC day on which the runs began';

COMMENT ON COLUMN quality.expectation_days.column_name IS 'Column; null where the expectation is on the whole table';

COMMENT ON COLUMN quality.expectation_days.severity IS 'Severity in the latest of these runs';

COMMENT ON COLUMN quality.expectation_days.why IS 'Why the expectation matters, in a sentence';

COMMENT ON COLUMN quality.expectation_days.runs IS 'Validation runs that looked at it';

COMMENT ON COLUMN quality.expectation_days.failures IS 'Of these, how many it failed in';

COMMENT ON COLUMN quality.expectation_days.unexpected IS 'Rows that did not meet it';

CREATE TABLE quality.junction_checks (
    check_id bigint NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    kills integer NOT NULL,
    differing bigint[] NOT NULL
);

COMMENT ON TABLE quality.junction_checks IS 'Comparisons of core.kill_characters, kill_corporations and kill_alliances with what they are derived from, a sample each day';

COMMENT ON COLUMN quality.junction_checks.check_id IS 'Number of the comparison';

COMMENT ON COLUMN quality.junction_checks.checked_at IS 'When it was made';

COMMENT ON COLUMN quality.junction_checks.kills IS 'Killmails compared: a few ranges at random, and those that differed the last time';

COMMENT ON COLUMN quality.junction_checks.differing IS 'Killmails that differ';

ALTER TABLE quality.junction_checks ALTER COLUMN check_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME quality.junction_checks_check_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE quality.mart_checks (
    check_id bigint NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    day date NOT NULL,
    differing text[] NOT NULL
);

COMMENT ON TABLE quality.mart_checks IS 'Comparisons of the sums and battles that mart keeps of a UTC day with core, a day at random each day';

COMMENT ON COLUMN quality.mart_checks.check_id IS 'Number of the comparison';

COMMENT ON COLUMN quality.mart_checks.checked_at IS 'When it was made';

COMMENT ON COLUMN quality.mart_checks.day IS 'The UTC day compared; the one that differed the last time, if one did';

COMMENT ON COLUMN quality.mart_checks.differing IS 'Tables of mart that differ';

ALTER TABLE quality.mart_checks ALTER COLUMN check_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME quality.mart_checks_check_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE quality.quarantine ALTER COLUMN quarantine_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME quality.quarantine_quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE quality.validation_results (
    run_id bigint NOT NULL,
    table_name text NOT NULL,
    expectation text NOT NULL,
    column_name text,
    severity text NOT NULL,
    success boolean NOT NULL,
    observed text,
    unexpected_count bigint,
    unexpected_percent double precision,
    examples jsonb DEFAULT '[]'::jsonb NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    CONSTRAINT validation_results_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'info'::text])))
);

COMMENT ON TABLE quality.validation_results IS 'One row per expectation of a validation run; dropped after KILLMART_RESULTS_DAYS, the daily sums stay';

COMMENT ON COLUMN quality.validation_results.run_id IS 'The run';

COMMENT ON COLUMN quality.validation_results.table_name IS 'Table that was looked at, without its batch number';

COMMENT ON COLUMN quality.validation_results.expectation IS 'Name of the expectation';

COMMENT ON COLUMN quality.validation_results.column_name IS 'Column; null where the expectation is on the whole table';

COMMENT ON COLUMN quality.validation_results.severity IS 'critical blocks the batch, warning and info do not';

COMMENT ON COLUMN quality.validation_results.success IS 'Whether the data met it';

COMMENT ON COLUMN quality.validation_results.observed IS 'What was found, or the exception that stopped the check';

COMMENT ON COLUMN quality.validation_results.unexpected_count IS 'Rows that did not meet it';

COMMENT ON COLUMN quality.validation_results.unexpected_percent IS 'Their share of all rows, in percent';

COMMENT ON COLUMN quality.validation_results.examples IS 'Some of those rows, with their killmail_id';

COMMENT ON COLUMN quality.validation_results.why IS 'Why the expectation matters, in a sentence';

CREATE TABLE quality.validation_runs (
    run_id bigint NOT NULL,
    batch_id bigint NOT NULL,
    dag_id text,
    dag_run_id text,
    started_at timestamp with time zone NOT NULL,
    seconds double precision NOT NULL,
    outcome text NOT NULL,
    claimed integer NOT NULL,
    promoted integer DEFAULT 0 NOT NULL,
    quarantined integer NOT NULL,
    known integer NOT NULL,
    gone integer NOT NULL,
    CONSTRAINT validation_runs_outcome_check CHECK ((outcome = ANY (ARRAY['passed'::text, 'warned'::text, 'blocked'::text, 'released'::text, 'rejected'::text])))
);

COMMENT ON TABLE quality.validation_runs IS 'One row per passage of a batch through the gate';

COMMENT ON COLUMN quality.validation_runs.run_id IS 'Number of the run';

COMMENT ON COLUMN quality.validation_runs.batch_id IS 'The batch';

COMMENT ON COLUMN quality.validation_runs.dag_id IS 'DAG; null on the command line';

COMMENT ON COLUMN quality.validation_runs.dag_run_id IS 'DAG run; null on the command line';

COMMENT ON COLUMN quality.validation_runs.started_at IS 'When the validation began';

COMMENT ON COLUMN quality.validation_runs.seconds IS 'How long it took';

COMMENT ON COLUMN quality.validation_runs.outcome IS 'passed, warned, blocked; later released or rejected by a person';

COMMENT ON COLUMN quality.validation_runs.claimed IS 'Killmails the batch took up';

COMMENT ON COLUMN quality.validation_runs.promoted IS 'Killmails it put into core; 0 until promoted';

COMMENT ON COLUMN quality.validation_runs.quarantined IS 'Killmails it sent to quarantine';

COMMENT ON COLUMN quality.validation_runs.known IS 'Killmails that were in core already';

COMMENT ON COLUMN quality.validation_runs.gone IS 'Killmails that no upstream can give';

CREATE TABLE staging.batches (
    batch_id bigint NOT NULL,
    installation text DEFAULT ''::text NOT NULL,
    owner text NOT NULL,
    state text DEFAULT 'built'::text NOT NULL,
    dag_id text,
    dag_run_id text,
    source text NOT NULL,
    built_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    asked_by text,
    asked_at timestamp with time zone,
    answer_due_at timestamp with time zone,
    claimed integer DEFAULT 0 NOT NULL,
    candidates integer DEFAULT 0 NOT NULL,
    promoted integer DEFAULT 0 NOT NULL,
    quarantined integer DEFAULT 0 NOT NULL,
    refetched integer DEFAULT 0 NOT NULL,
    known integer DEFAULT 0 NOT NULL,
    gone integer DEFAULT 0 NOT NULL,
    unknown_fields text[] DEFAULT '{}'::text[] NOT NULL,
    days date[] DEFAULT '{}'::date[] NOT NULL,
    priced_by jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT batches_state_check CHECK ((state = ANY (ARRAY['built'::text, 'blocked'::text, 'promoted'::text, 'abandoned'::text, 'rejected'::text])))
);

COMMENT ON TABLE staging.batches IS 'One row per batch: who built it, how far it came, and its counts';

COMMENT ON COLUMN staging.batches.batch_id IS 'Number of the batch; its candidate tables end in it';

COMMENT ON COLUMN staging.batches.installation IS 'Airflow that built it (Variable killmart_installation), or host and home of a command line; empty: nobody''s, abandoned after two hours';

COMMENT ON COLUMN staging.batches.owner IS 'Whose batch it is within its installation (DAG, or command line), whose next build abandons what it left unfinished';

COMMENT ON COLUMN staging.batches.state IS 'built, then promoted, abandoned or blocked; what was blocked, a person promotes or rejects';

COMMENT ON COLUMN staging.batches.dag_id IS 'DAG that built it; null on the command line';

COMMENT ON COLUMN staging.batches.dag_run_id IS 'DAG run that built it; null on the command line';

COMMENT ON COLUMN staging.batches.source IS 'Where its killmails came from: a feed, a day list, an archive';

COMMENT ON COLUMN staging.batches.built_at IS 'When its candidate tables were committed';

COMMENT ON COLUMN staging.batches.finished_at IS 'When it was promoted, blocked, abandoned or rejected';

COMMENT ON COLUMN staging.batches.asked_by IS 'Airflow that asks people about it while it is blocked; where that has no such question any more, it asks again';

COMMENT ON COLUMN staging.batches.asked_at IS 'When that Airflow last said so; it does every few minutes';

COMMENT ON COLUMN staging.batches.answer_due_at IS 'Until when an answer is waited for, however often it is asked; then it is rejected. Null while nobody was asked';

COMMENT ON COLUMN staging.batches.claimed IS 'Killmails it took up';

COMMENT ON COLUMN staging.batches.candidates IS 'Killmails in its candidate tables';

COMMENT ON COLUMN staging.batches.promoted IS 'Killmails it put into core';

COMMENT ON COLUMN staging.batches.quarantined IS 'Killmails it sent to quarantine';

COMMENT ON COLUMN staging.batches.refetched IS 'Killmails whose body failed its identity checks and is fetched again; they leave the batch';

COMMENT ON COLUMN staging.batches.known IS 'Killmails that were in core already with the same hash';

COMMENT ON COLUMN staging.batches.gone IS 'Killmails that no upstream can give';

COMMENT ON COLUMN staging.batches.unknown_fields IS 'JSON fields seen that ESI never sent before, and those of zkb blocks whose values are odd (zkb.points)';

COMMENT ON COLUMN staging.batches.days IS 'UTC days that it was built of, which its kills have to be on; empty where it is of no days';

COMMENT ON COLUMN staging.batches.priced_by IS 'UTC days at whose prices its killmails were valued: when these had changed last, as its build saw them; null where they never had';

CREATE VIEW quality.reviewed_batches AS
 SELECT batches.batch_id,
    batches.state,
    batches.owner,
    batches.dag_id,
    batches.dag_run_id,
    batches.source,
    batches.built_at,
    batches.finished_at,
    batches.answer_due_at,
    batches.claimed,
    batches.candidates,
    batches.promoted,
    batches.quarantined,
    batches.known,
    batches.gone,
    runs.run_id,
    runs.outcome,
    runs.started_at,
    runs.seconds,
    ( SELECT count(*) AS count
           FROM quality.validation_results results
          WHERE ((results.run_id = runs.run_id) AND (NOT results.success) AND (results.severity = 'critical'::text))) AS critical_failures
   FROM (staging.batches
     LEFT JOIN LATERAL ( SELECT validation_runs.run_id,
            validation_runs.outcome,
            validation_runs.started_at,
            validation_runs.seconds
           FROM quality.validation_runs
          WHERE (validation_runs.batch_id = batches.batch_id)
          ORDER BY validation_runs.run_id DESC
         LIMIT 1) runs ON (true));

COMMENT ON VIEW quality.reviewed_batches IS 'One row per batch with its latest passage through the gate';

COMMENT ON COLUMN quality.reviewed_batches.batch_id IS 'Number of the batch';

COMMENT ON COLUMN quality.reviewed_batches.state IS 'built, then promoted, abandoned or blocked; what was blocked, a person promotes or rejects';

COMMENT ON COLUMN quality.reviewed_batches.owner IS 'Who built it: a DAG or the command line';

COMMENT ON COLUMN quality.reviewed_batches.dag_id IS 'DAG that built it; null on the command line';

COMMENT ON COLUMN quality.reviewed_batches.dag_run_id IS 'DAG run that built it; null on the command line';

COMMENT ON COLUMN quality.reviewed_batches.source IS 'Where its killmails came from: a feed, a day list, an archive';

COMMENT ON COLUMN quality.reviewed_batches.built_at IS 'When its candidate tables were committed';

COMMENT ON COLUMN quality.reviewed_batches.finished_at IS 'When it was promoted, blocked, abandoned or rejected';

COMMENT ON COLUMN quality.reviewed_batches.answer_due_at IS 'Until when an answer of a person was or is waited for; null where nobody was asked';

COMMENT ON COLUMN quality.reviewed_batches.claimed IS 'Killmails it took up';

COMMENT ON COLUMN quality.reviewed_batches.candidates IS 'Killmails in its candidate tables';

COMMENT ON COLUMN quality.reviewed_batches.promoted IS 'Killmails it put into core';

COMMENT ON COLUMN quality.reviewed_batches.quarantined IS 'Killmails it sent to quarantine';

COMMENT ON COLUMN quality.reviewed_batches.known IS 'Killmails that were in core already with the same hash';

COMMENT ON COLUMN quality.reviewed_batches.gone IS 'Killmails that no upstream can give';

COMMENT ON COLUMN quality.reviewed_batches.run_id IS 'Its latest passage through the gate, see validation_runs; null before the first';

COMMENT ON COLUMN quality.reviewed_batches.outcome IS 'What the gate said then, or a person since';

COMMENT ON COLUMN quality.reviewed_batches.started_at IS 'When that passage began';

COMMENT ON COLUMN quality.reviewed_batches.seconds IS 'How long it took';

COMMENT ON COLUMN quality.reviewed_batches.critical_failures IS 'Critical expectations that failed in it';

CREATE TABLE quality.validation_days (
    day date NOT NULL,
    outcome text NOT NULL,
    runs integer NOT NULL,
    claimed bigint NOT NULL,
    promoted bigint NOT NULL,
    quarantined bigint NOT NULL,
    known bigint NOT NULL,
    gone bigint NOT NULL
);

COMMENT ON TABLE quality.validation_days IS 'One row per UTC day and outcome: how many runs, and their counts';

COMMENT ON COLUMN quality.validation_days.day IS 'UTC day on which the runs began';

COMMENT ON COLUMN quality.validation_days.outcome IS 'Outcome of the runs as it is now';

COMMENT ON COLUMN quality.validation_days.runs IS 'Validation runs';

COMMENT ON COLUMN quality.validation_days.claimed IS 'Killmails that their batches took up';

COMMENT ON COLUMN quality.validation_days.promoted IS 'Killmails that these put into core';

COMMENT ON COLUMN quality.validation_days.quarantined IS 'Killmails that these sent to quarantine';

COMMENT ON COLUMN quality.validation_days.known IS 'Killmails that were in core already';

COMMENT ON COLUMN quality.validation_days.gone IS 'Killmails that no upstream can give';

ALTER TABLE quality.validation_runs ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME quality.validation_runs_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE quality.value_spread (
    day date NOT NULL,
    kills integer NOT NULL,
    priced integer NOT NULL,
    from_prices integer NOT NULL,
    compared integer NOT NULL,
    ratio_5 double precision,
    ratio_25 double precision,
    ratio_50 double precision,
    ratio_75 double precision,
    ratio_95 double precision,
    within_tenth integer NOT NULL,
    points_compared integer NOT NULL,
    points_equal integer NOT NULL,
    npc_equal integer NOT NULL,
    solo_equal integer NOT NULL,
    awox_equal integer NOT NULL,
    unvalued integer NOT NULL,
    is_stale boolean DEFAULT false NOT NULL,
    valued_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE quality.value_spread IS 'Our figures against zKillboard''s, per UTC day of the kills';

COMMENT ON COLUMN quality.value_spread.day IS 'UTC day';

COMMENT ON COLUMN quality.value_spread.kills IS 'Killmails of the day';

COMMENT ON COLUMN quality.value_spread.priced IS 'Of these, with a value of ours';

COMMENT ON COLUMN quality.value_spread.from_prices IS 'Of these, where ours is the only value';

COMMENT ON COLUMN quality.value_spread.compared IS 'Killmails with a value of ours and one of zKillboard above 0';

COMMENT ON COLUMN quality.value_spread.ratio_5 IS 'Ours divided by zKillboard''s: 5 % are below it';

COMMENT ON COLUMN quality.value_spread.ratio_25 IS 'Ours divided by zKillboard''s: 25 % are below it';

COMMENT ON COLUMN quality.value_spread.ratio_50 IS 'Ours divided by zKillboard''s: the median';

COMMENT ON COLUMN quality.value_spread.ratio_75 IS 'Ours divided by zKillboard''s: 75 % are below it';

COMMENT ON COLUMN quality.value_spread.ratio_95 IS 'Ours divided by zKillboard''s: 95 % are below it';

COMMENT ON COLUMN quality.value_spread.within_tenth IS 'Of those compared, ours is within 10 % of zKillboard''s';

COMMENT ON COLUMN quality.value_spread.points_compared IS 'Killmails with points and flags of ours and of zKillboard';

COMMENT ON COLUMN quality.value_spread.points_equal IS 'Of these, the points are the same';

COMMENT ON COLUMN quality.value_spread.npc_equal IS 'Of these, npc is the same';

COMMENT ON COLUMN quality.value_spread.solo_equal IS 'Of these, solo is the same';

COMMENT ON COLUMN quality.value_spread.awox_equal IS 'Of these, awox is the same';

COMMENT ON COLUMN quality.value_spread.unvalued IS 'Killmails that still lack our value or points';

COMMENT ON COLUMN quality.value_spread.is_stale IS 'Whether killmails of the day were promoted or revalued since';

COMMENT ON COLUMN quality.value_spread.valued_at IS 'When our figures of the day were last looked at as a whole';

CREATE TABLE reference.categories (
    category_id integer NOT NULL,
    name text NOT NULL
);

COMMENT ON TABLE reference.categories IS 'Categories of groups';

COMMENT ON COLUMN reference.categories.category_id IS 'EVE''s id of the category';

COMMENT ON COLUMN reference.categories.name IS 'Name';

CREATE TABLE reference.market_prices (
    type_id integer NOT NULL,
    day date NOT NULL,
    average numeric(20,2) NOT NULL,
    source text DEFAULT 'everef'::text NOT NULL,
    CONSTRAINT market_prices_average_check CHECK (((average > (0)::numeric) AND (average < '10000000000000000'::numeric))),
    CONSTRAINT market_prices_source_check CHECK ((source = ANY (ARRAY['everef'::text, 'esi'::text])))
);

COMMENT ON TABLE reference.market_prices IS 'Average prices per UTC day; reference.price_on(type, day) bridges the gaps';

COMMENT ON COLUMN reference.market_prices.type_id IS 'Type';

COMMENT ON COLUMN reference.market_prices.day IS 'UTC day';

COMMENT ON COLUMN reference.market_prices.average IS 'ISK for one';

COMMENT ON COLUMN reference.market_prices.source IS 'everef: average of The Forge on that day; esi: EVE-wide average as ESI had it then';

CREATE TABLE reference.price_days (
    day date NOT NULL,
    source text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    is_there boolean NOT NULL,
    prices integer NOT NULL,
    dropped jsonb NOT NULL,
    changed_at timestamp with time zone,
    CONSTRAINT price_days_source_check CHECK ((source = ANY (ARRAY['everef'::text, 'esi'::text])))
);

COMMENT ON TABLE reference.price_days IS 'UTC days whose prices were asked for';

COMMENT ON COLUMN reference.price_days.day IS 'UTC day';

COMMENT ON COLUMN reference.price_days.source IS 'everef or esi';

COMMENT ON COLUMN reference.price_days.asked_at IS 'When it was last asked for';

COMMENT ON COLUMN reference.price_days.is_there IS 'Whether the source has that day; false is a 404';

COMMENT ON COLUMN reference.price_days.prices IS 'Prices that it gave';

COMMENT ON COLUMN reference.price_days.dropped IS 'Rows that could not be used, by reason';

COMMENT ON COLUMN reference.price_days.changed_at IS 'When the stored prices of the day last changed; null: never';

CREATE TABLE reference.sde_builds (
    build_number bigint NOT NULL,
    released_at timestamp with time zone,
    loaded_at timestamp with time zone NOT NULL,
    systems integer NOT NULL,
    types integer NOT NULL,
    groups integer NOT NULL,
    categories integer NOT NULL
);

COMMENT ON TABLE reference.sde_builds IS 'Builds of CCP''s static data that were loaded; the one loaded last is what the tables hold';

COMMENT ON COLUMN reference.sde_builds.build_number IS 'CCP''s number of the build';

COMMENT ON COLUMN reference.sde_builds.released_at IS 'When CCP released it';

COMMENT ON COLUMN reference.sde_builds.loaded_at IS 'When it was swapped in here';

COMMENT ON COLUMN reference.sde_builds.systems IS 'Rows of solar_systems in it';

COMMENT ON COLUMN reference.sde_builds.types IS 'Rows of types in it';

COMMENT ON COLUMN reference.sde_builds.groups IS 'Rows of groups in it';

COMMENT ON COLUMN reference.sde_builds.categories IS 'Rows of categories in it';

ALTER TABLE staging.batches ALTER COLUMN batch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME staging.batches_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE staging.feed_cursors (
    feed text NOT NULL,
    "position" text,
    client_id text,
    failures integer DEFAULT 0 NOT NULL,
    pop_began_at timestamp with time zone,
    last_404_at timestamp with time zone,
    newest_uploaded_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE staging.feed_cursors IS 'How far each feed was read; moves in the transaction of the rows it stands for';

COMMENT ON COLUMN staging.feed_cursors.feed IS 'Name of the feed';

COMMENT ON COLUMN staging.feed_cursors."position" IS 'R2Z2: next sequence number; RedisQ: objectIDs popped and not yet staged, with spaces between, mostly one or none';

COMMENT ON COLUMN staging.feed_cursors.client_id IS 'What this installation calls itself there (RedisQ''s queueID), made once and kept';

COMMENT ON COLUMN staging.feed_cursors.failures IS 'What an earlier run could not read: R2Z2''s numbers from this position on; RedisQ: above 0 where the last object is meant, too';

COMMENT ON COLUMN staging.feed_cursors.pop_began_at IS 'RedisQ: when a pop began whose answer was not written down yet; a drain that finds it knows that a package may be lost';

COMMENT ON COLUMN staging.feed_cursors.last_404_at IS 'When the feed last said that nothing newer is there';

COMMENT ON COLUMN staging.feed_cursors.newest_uploaded_at IS 'Upload time of the newest killmail read there; null where it has none';

COMMENT ON COLUMN staging.feed_cursors.updated_at IS 'When this row last changed';

CREATE TABLE staging.feed_holes (
    hole_id bigint NOT NULL,
    feed text NOT NULL,
    first_position bigint,
    last_position bigint,
    reason text NOT NULL,
    maybe_lost integer DEFAULT 0 NOT NULL,
    stepped_over_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT feed_holes_check CHECK (((first_position IS NULL) = (last_position IS NULL)))
);

COMMENT ON TABLE staging.feed_holes IS 'Holes in feeds that were stepped over; what was in them comes by the day lists';

COMMENT ON COLUMN staging.feed_holes.hole_id IS 'Number of the hole';

COMMENT ON COLUMN staging.feed_holes.feed IS 'Name of the feed';

COMMENT ON COLUMN staging.feed_holes.first_position IS 'R2Z2: first number of the hole; null where no number can be given (RedisQ, a cursor that had to go back)';

COMMENT ON COLUMN staging.feed_holes.last_position IS 'R2Z2: last number of the hole';

COMMENT ON COLUMN staging.feed_holes.reason IS 'Why it was stepped over, with the objectID where there is one';

COMMENT ON COLUMN staging.feed_holes.maybe_lost IS 'RedisQ: packages that may have been popped without arriving, as the pop was broken off';

COMMENT ON COLUMN staging.feed_holes.stepped_over_at IS 'When';

ALTER TABLE staging.feed_holes ALTER COLUMN hole_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME staging.feed_holes_hole_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY core.kill_alliances ATTACH PARTITION core.kill_alliances_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_alliances ATTACH PARTITION core.kill_alliances_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kill_attackers ATTACH PARTITION core.kill_attackers_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_attackers ATTACH PARTITION core.kill_attackers_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kill_characters ATTACH PARTITION core.kill_characters_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_characters ATTACH PARTITION core.kill_characters_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kill_corporations ATTACH PARTITION core.kill_corporations_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_corporations ATTACH PARTITION core.kill_corporations_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kill_items ATTACH PARTITION core.kill_items_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_items ATTACH PARTITION core.kill_items_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kill_systems ATTACH PARTITION core.kill_systems_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_systems ATTACH PARTITION core.kill_systems_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kill_victims ATTACH PARTITION core.kill_victims_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kill_victims ATTACH PARTITION core.kill_victims_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.kills_fact ATTACH PARTITION core.kills_fact_r0 FOR VALUES FROM (MINVALUE) TO ('5000000');

ALTER TABLE ONLY core.kills_fact ATTACH PARTITION core.kills_fact_r200 FOR VALUES FROM ('1000000000') TO (MAXVALUE);

ALTER TABLE ONLY core.alliances
    ADD CONSTRAINT alliances_pkey PRIMARY KEY (eve_id);

ALTER TABLE ONLY core.characters
    ADD CONSTRAINT characters_pkey PRIMARY KEY (eve_id);

ALTER TABLE ONLY core.corporations
    ADD CONSTRAINT corporations_pkey PRIMARY KEY (eve_id);

ALTER TABLE ONLY core.kill_alliances
    ADD CONSTRAINT kill_alliances_pkey PRIMARY KEY (killmail_id, alliance_id);

ALTER TABLE ONLY core.kill_alliances_r0
    ADD CONSTRAINT kill_alliances_pkey_r0 PRIMARY KEY (killmail_id, alliance_id);

ALTER TABLE ONLY core.kill_alliances_r200
    ADD CONSTRAINT kill_alliances_pkey_r200 PRIMARY KEY (killmail_id, alliance_id);

ALTER TABLE ONLY core.kill_attackers
    ADD CONSTRAINT kill_attackers_pkey PRIMARY KEY (killmail_id, attacker_index);

ALTER TABLE ONLY core.kill_attackers_r0
    ADD CONSTRAINT kill_attackers_pkey_r0 PRIMARY KEY (killmail_id, attacker_index);

ALTER TABLE ONLY core.kill_attackers_r200
    ADD CONSTRAINT kill_attackers_pkey_r200 PRIMARY KEY (killmail_id, attacker_index);

ALTER TABLE ONLY core.kill_characters
    ADD CONSTRAINT kill_characters_pkey PRIMARY KEY (killmail_id, character_id);

ALTER TABLE ONLY core.kill_characters_r0
    ADD CONSTRAINT kill_characters_pkey_r0 PRIMARY KEY (killmail_id, character_id);

ALTER TABLE ONLY core.kill_characters_r200
    ADD CONSTRAINT kill_characters_pkey_r200 PRIMARY KEY (killmail_id, character_id);

ALTER TABLE ONLY core.kill_corporations
    ADD CONSTRAINT kill_corporations_pkey PRIMARY KEY (killmail_id, corporation_id);

ALTER TABLE ONLY core.kill_corporations_r0
    ADD CONSTRAINT kill_corporations_pkey_r0 PRIMARY KEY (killmail_id, corporation_id);

ALTER TABLE ONLY core.kill_corporations_r200
    ADD CONSTRAINT kill_corporations_pkey_r200 PRIMARY KEY (killmail_id, corporation_id);

ALTER TABLE ONLY core.kill_items
    ADD CONSTRAINT kill_items_pkey PRIMARY KEY (killmail_id, item_index);

ALTER TABLE ONLY core.kill_items_r0
    ADD CONSTRAINT kill_items_pkey_r0 PRIMARY KEY (killmail_id, item_index);

ALTER TABLE ONLY core.kill_items_r200
    ADD CONSTRAINT kill_items_pkey_r200 PRIMARY KEY (killmail_id, item_index);

ALTER TABLE ONLY core.kill_systems
    ADD CONSTRAINT kill_systems_pkey PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kill_systems_r0
    ADD CONSTRAINT kill_systems_pkey_r0 PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kill_systems_r200
    ADD CONSTRAINT kill_systems_pkey_r200 PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kill_victims
    ADD CONSTRAINT kill_victims_pkey PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kill_victims_r0
    ADD CONSTRAINT kill_victims_pkey_r0 PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kill_victims_r200
    ADD CONSTRAINT kill_victims_pkey_r200 PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kills_fact
    ADD CONSTRAINT kills_fact_pkey PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kills_fact_r0
    ADD CONSTRAINT kills_fact_pkey_r0 PRIMARY KEY (killmail_id);

ALTER TABLE ONLY core.kills_fact_r200
    ADD CONSTRAINT kills_fact_pkey_r200 PRIMARY KEY (killmail_id);

ALTER TABLE ONLY mart.battle_kills
    ADD CONSTRAINT battle_kills_pkey PRIMARY KEY (killmail_id);

ALTER TABLE ONLY mart.battle_sides
    ADD CONSTRAINT battle_sides_pkey PRIMARY KEY (battle_id, side);

ALTER TABLE ONLY mart.battles
    ADD CONSTRAINT battles_pkey PRIMARY KEY (battle_id);

ALTER TABLE ONLY mart.settled_crews
    ADD CONSTRAINT settled_crews_pkey PRIMARY KEY (entity_kind, entity_id, day);

ALTER TABLE ONLY mart.settled_items
    ADD CONSTRAINT settled_items_pkey PRIMARY KEY (type_id, day);

ALTER TABLE ONLY mart.settled_sums
    ADD CONSTRAINT settled_sums_pkey PRIMARY KEY (day, counted_by, entity_id, bucket);

ALTER TABLE ONLY mart.touched_days
    ADD CONSTRAINT touched_days_pkey PRIMARY KEY (touch_id);

ALTER TABLE ONLY ops.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (alert_id);

ALTER TABLE ONLY ops.digests
    ADD CONSTRAINT digests_pkey PRIMARY KEY (day);

ALTER TABLE ONLY ops.mutes
    ADD CONSTRAINT mutes_pkey PRIMARY KEY (rule);

ALTER TABLE ONLY ops.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (notification_id);

ALTER TABLE ONLY ops.paces
    ADD CONSTRAINT paces_pkey PRIMARY KEY (service);

ALTER TABLE ONLY ops.pauses
    ADD CONSTRAINT pauses_pkey PRIMARY KEY (service);

ALTER TABLE ONLY ops.request_stats
    ADD CONSTRAINT request_stats_pkey PRIMARY KEY (at, service, route, status);

ALTER TABLE ONLY ops.token_ledger
    ADD CONSTRAINT token_ledger_pkey PRIMARY KEY (service, spent_at);

ALTER TABLE ONLY ops.token_limits
    ADD CONSTRAINT token_limits_pkey PRIMARY KEY (service);

ALTER TABLE ONLY public.schema_revisions
    ADD CONSTRAINT schema_revisions_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY quality.actions
    ADD CONSTRAINT actions_pkey PRIMARY KEY (action_id);

ALTER TABLE ONLY quality.column_profiles
    ADD CONSTRAINT column_profiles_pkey PRIMARY KEY (source, day, table_name, column_name);

ALTER TABLE ONLY quality.day_coverage
    ADD CONSTRAINT day_coverage_pkey PRIMARY KEY (day);

ALTER TABLE ONLY quality.expectation_days
    ADD CONSTRAINT expectation_days_pkey PRIMARY KEY (table_name, expectation, day);

ALTER TABLE ONLY quality.junction_checks
    ADD CONSTRAINT junction_checks_pkey PRIMARY KEY (check_id);

ALTER TABLE ONLY quality.mart_checks
    ADD CONSTRAINT mart_checks_pkey PRIMARY KEY (check_id);

ALTER TABLE ONLY quality.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (quarantine_id);

ALTER TABLE ONLY quality.validation_days
    ADD CONSTRAINT validation_days_pkey PRIMARY KEY (day, outcome);

ALTER TABLE ONLY quality.validation_runs
    ADD CONSTRAINT validation_runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY quality.value_spread
    ADD CONSTRAINT value_spread_pkey PRIMARY KEY (day);

ALTER TABLE ONLY reference.categories
    ADD CONSTRAINT categories_pkey PRIMARY KEY (category_id);

ALTER TABLE ONLY reference.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (group_id);

ALTER TABLE ONLY reference.market_prices
    ADD CONSTRAINT market_prices_pkey PRIMARY KEY (type_id, day);

ALTER TABLE ONLY reference.price_days
    ADD CONSTRAINT price_days_pkey PRIMARY KEY (day, source);

ALTER TABLE ONLY reference.sde_builds
    ADD CONSTRAINT sde_builds_pkey PRIMARY KEY (build_number);

ALTER TABLE ONLY reference.solar_systems
    ADD CONSTRAINT solar_systems_pkey PRIMARY KEY (system_id);

ALTER TABLE ONLY reference.types
    ADD CONSTRAINT types_pkey PRIMARY KEY (type_id);

ALTER TABLE ONLY staging.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (batch_id);

ALTER TABLE ONLY staging.feed_cursors
    ADD CONSTRAINT feed_cursors_pkey PRIMARY KEY (feed);

ALTER TABLE ONLY staging.feed_holes
    ADD CONSTRAINT feed_holes_feed_first_position_key UNIQUE (feed, first_position);

ALTER TABLE ONLY staging.feed_holes
    ADD CONSTRAINT feed_holes_pkey PRIMARY KEY (hole_id);

ALTER TABLE ONLY staging.killmails
    ADD CONSTRAINT killmails_pkey PRIMARY KEY (killmail_id);

CREATE INDEX alliances_lower_name ON core.alliances USING btree (lower(name) COLLATE "C");

CREATE INDEX characters_lower_name ON core.characters USING btree (lower(name) COLLATE "C");

CREATE INDEX corporations_lower_name ON core.corporations USING btree (lower(name) COLLATE "C");

CREATE INDEX kill_alliances_day ON ONLY core.kill_alliances USING btree (alliance_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo);

CREATE INDEX kill_alliances_day_r0 ON core.kill_alliances_r0 USING btree (alliance_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo);

CREATE INDEX kill_alliances_day_r200 ON core.kill_alliances_r200 USING btree (alliance_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo);

CREATE INDEX kill_alliances_days ON ONLY core.kill_alliances USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_alliances_days_r0 ON core.kill_alliances_r0 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_alliances_days_r200 ON core.kill_alliances_r200 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_characters_day ON ONLY core.kill_characters USING btree (character_id, day, killmail_id) INCLUDE (corporation_id, total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, ship_type_id, role, players, pilots, hour, final_blow, solo);

CREATE INDEX kill_characters_day_r0 ON core.kill_characters_r0 USING btree (character_id, day, killmail_id) INCLUDE (corporation_id, total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, ship_type_id, role, players, pilots, hour, final_blow, solo);

CREATE INDEX kill_characters_day_r200 ON core.kill_characters_r200 USING btree (character_id, day, killmail_id) INCLUDE (corporation_id, total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, ship_type_id, role, players, pilots, hour, final_blow, solo);

CREATE INDEX kill_characters_days ON ONLY core.kill_characters USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_characters_days_r0 ON core.kill_characters_r0 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_characters_days_r200 ON core.kill_characters_r200 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_corporations_day ON ONLY core.kill_corporations USING btree (corporation_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo);

CREATE INDEX kill_corporations_day_r0 ON core.kill_corporations_r0 USING btree (corporation_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo);

CREATE INDEX kill_corporations_day_r200 ON core.kill_corporations_r200 USING btree (corporation_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, system_id, points, victim_ship_type_id, role, players, hour, also_attacked, final_blow, solo);

CREATE INDEX kill_corporations_days ON ONLY core.kill_corporations USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_corporations_days_r0 ON core.kill_corporations_r0 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_corporations_days_r200 ON core.kill_corporations_r200 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_systems_day ON ONLY core.kill_systems USING btree (system_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, points, victim_ship_type_id, players, hour, final_blow, solo);

CREATE INDEX kill_systems_day_r0 ON core.kill_systems_r0 USING btree (system_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, points, victim_ship_type_id, players, hour, final_blow, solo);

CREATE INDEX kill_systems_day_r200 ON core.kill_systems_r200 USING btree (system_id, day, killmail_id) INCLUDE (total_value, damage_done, damage_taken, points, victim_ship_type_id, players, hour, final_blow, solo);

CREATE INDEX kill_systems_days ON ONLY core.kill_systems USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_systems_days_r0 ON core.kill_systems_r0 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kill_systems_days_r200 ON core.kill_systems_r200 USING brin (day) WITH (pages_per_range='2');

CREATE INDEX kills_fact_changed_at ON ONLY core.kills_fact USING btree (changed_at, killmail_id);

CREATE INDEX kills_fact_changed_at_r0 ON core.kills_fact_r0 USING btree (changed_at, killmail_id);

CREATE INDEX kills_fact_changed_at_r200 ON core.kills_fact_r200 USING btree (changed_at, killmail_id);

CREATE INDEX kills_fact_kill_time ON ONLY core.kills_fact USING btree (kill_time);

CREATE INDEX kills_fact_kill_time_r0 ON core.kills_fact_r0 USING btree (kill_time);

CREATE INDEX kills_fact_kill_time_r200 ON core.kills_fact_r200 USING btree (kill_time);

CREATE INDEX kills_fact_system_id_position_x ON ONLY core.kills_fact USING btree (system_id, position_x);

CREATE INDEX kills_fact_system_id_position_x_r0 ON core.kills_fact_r0 USING btree (system_id, position_x);

CREATE INDEX kills_fact_system_id_position_x_r200 ON core.kills_fact_r200 USING btree (system_id, position_x);

CREATE INDEX kills_fact_unvalued ON ONLY core.kills_fact USING btree (kill_time) WHERE ((priced_value IS NULL) OR (rule_points IS NULL));

CREATE INDEX kills_fact_unvalued_r0 ON core.kills_fact_r0 USING btree (kill_time) WHERE ((priced_value IS NULL) OR (rule_points IS NULL));

CREATE INDEX kills_fact_unvalued_r200 ON core.kills_fact_r200 USING btree (kill_time) WHERE ((priced_value IS NULL) OR (rule_points IS NULL));

CREATE INDEX battle_kills_battle_id ON mart.battle_kills USING btree (battle_id);

CREATE INDEX battle_sides_alliances ON mart.battle_sides USING gin (alliances);

CREATE INDEX battle_sides_corporations ON mart.battle_sides USING gin (corporations);

CREATE INDEX battles_started_at ON mart.battles USING btree (started_at);

CREATE INDEX battles_system_id ON mart.battles USING btree (system_id, started_at);

CREATE INDEX settled_crews_day ON mart.settled_crews USING btree (day, entity_kind);

CREATE INDEX settled_items_day ON mart.settled_items USING btree (day);

CREATE INDEX touched_days_day ON mart.touched_days USING btree (day);

CREATE UNIQUE INDEX alerts_open ON ops.alerts USING btree (rule) WHERE (resolved_at IS NULL);

CREATE INDEX alerts_opened_at ON ops.alerts USING btree (opened_at);

CREATE INDEX notifications_created_at ON ops.notifications USING btree (created_at);

CREATE INDEX notifications_waiting ON ops.notifications USING btree (notification_id) WHERE (state = 'waiting'::text);

CREATE INDEX run_metrics_at ON ops.run_metrics USING btree (at);

CREATE INDEX run_metrics_drain ON ops.run_metrics USING btree (at) WHERE ((stage = 'drain'::text) AND (metric = 'refs'::text) AND (value > (0)::double precision));

CREATE INDEX run_metrics_gauge ON ops.run_metrics USING btree (metric, at) WHERE (stage = 'gauge'::text);

CREATE INDEX run_metrics_run_id ON ops.run_metrics USING btree (run_id);

CREATE UNIQUE INDEX actions_asked ON quality.actions USING btree (batch_id) WHERE (action = 'ask_review'::text);

CREATE INDEX actions_batch ON quality.actions USING btree (batch_id, action_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX actions_killmail ON quality.actions USING btree (killmail_id, action_id) WHERE (killmail_id IS NOT NULL);

CREATE INDEX actions_quarantine ON quality.actions USING btree (quarantine_id, action_id) WHERE (quarantine_id IS NOT NULL);

CREATE INDEX expectation_days_day ON quality.expectation_days USING btree (day);

CREATE INDEX quarantine_batch ON quality.quarantine USING btree (batch_id, quarantine_id) WHERE (resolved_at IS NULL);

CREATE INDEX quarantine_killmail ON quality.quarantine USING btree (killmail_id, quarantine_id);

CREATE UNIQUE INDEX quarantine_open ON quality.quarantine USING btree (killmail_id) WHERE (resolved_at IS NULL);

CREATE INDEX quarantine_open_newest ON quality.quarantine USING btree (quarantine_id) WHERE (resolved_at IS NULL);

CREATE INDEX quarantine_reason ON quality.quarantine USING btree (reason, quarantined_at);

CREATE INDEX quarantine_reason_open ON quality.quarantine USING btree (reason, quarantine_id) WHERE (resolved_at IS NULL);

CREATE INDEX quarantine_reason_resolved ON quality.quarantine USING btree (reason, quarantine_id) WHERE (resolved_at IS NOT NULL);

CREATE INDEX quarantine_resolved ON quality.quarantine USING btree (quarantine_id) WHERE (resolved_at IS NOT NULL);

CREATE INDEX validation_results_failed ON quality.validation_results USING btree (table_name, expectation, run_id) WHERE (NOT success);

CREATE INDEX validation_results_run_id ON quality.validation_results USING btree (run_id);

CREATE INDEX validation_runs_batch_id ON quality.validation_runs USING btree (batch_id);

CREATE INDEX validation_runs_dag ON quality.validation_runs USING btree (dag_id, run_id);

CREATE INDEX validation_runs_dag_outcome ON quality.validation_runs USING btree (dag_id, outcome, run_id);

CREATE INDEX validation_runs_dag_run ON quality.validation_runs USING btree (dag_run_id, dag_id);

CREATE INDEX validation_runs_outcome ON quality.validation_runs USING btree (outcome, run_id);

CREATE INDEX validation_runs_started_at ON quality.validation_runs USING btree (started_at);

CREATE INDEX market_prices_day ON reference.market_prices USING btree (day);

CREATE INDEX solar_systems_entity_id ON reference.solar_systems USING btree (((system_id)::bigint));

CREATE INDEX solar_systems_lower_name ON reference.solar_systems USING btree (lower(name) COLLATE "C");

CREATE INDEX batches_blocked ON staging.batches USING btree (batch_id) WHERE (state = 'blocked'::text);

CREATE INDEX batches_built_at ON staging.batches USING btree (built_at);

CREATE INDEX batches_dag_run ON staging.batches USING btree (dag_run_id, dag_id);

CREATE INDEX batches_installation ON staging.batches USING btree (installation, built_at);

CREATE INDEX batches_open ON staging.batches USING btree (owner) WHERE (state = 'built'::text);

CREATE INDEX batches_rejected ON staging.batches USING btree (batch_id) WHERE (state = 'rejected'::text);

CREATE INDEX feed_holes_latest ON staging.feed_holes USING btree (stepped_over_at);

CREATE INDEX killmails_batch ON staging.killmails USING btree (batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX killmails_due ON staging.killmails USING btree (next_attempt_at NULLS FIRST, killmail_id) WHERE (state = ANY (ARRAY['pending'::text, 'gone'::text]));

CREATE INDEX killmails_fetched ON staging.killmails USING btree (killmail_id) WHERE (state = 'fetched'::text);

CREATE INDEX killmails_promoted ON staging.killmails USING btree (promoted_at) WHERE (state = 'promoted'::text);

ALTER INDEX core.kill_alliances_day ATTACH PARTITION core.kill_alliances_day_r0;

ALTER INDEX core.kill_alliances_day ATTACH PARTITION core.kill_alliances_day_r200;

ALTER INDEX core.kill_alliances_days ATTACH PARTITION core.kill_alliances_days_r0;

ALTER INDEX core.kill_alliances_days ATTACH PARTITION core.kill_alliances_days_r200;

ALTER INDEX core.kill_alliances_pkey ATTACH PARTITION core.kill_alliances_pkey_r0;

ALTER INDEX core.kill_alliances_pkey ATTACH PARTITION core.kill_alliances_pkey_r200;

ALTER INDEX core.kill_attackers_pkey ATTACH PARTITION core.kill_attackers_pkey_r0;

ALTER INDEX core.kill_attackers_pkey ATTACH PARTITION core.kill_attackers_pkey_r200;

ALTER INDEX core.kill_characters_day ATTACH PARTITION core.kill_characters_day_r0;

ALTER INDEX core.kill_characters_day ATTACH PARTITION core.kill_characters_day_r200;

ALTER INDEX core.kill_characters_days ATTACH PARTITION core.kill_characters_days_r0;

ALTER INDEX core.kill_characters_days ATTACH PARTITION core.kill_characters_days_r200;

ALTER INDEX core.kill_characters_pkey ATTACH PARTITION core.kill_characters_pkey_r0;

ALTER INDEX core.kill_characters_pkey ATTACH PARTITION core.kill_characters_pkey_r200;

ALTER INDEX core.kill_corporations_day ATTACH PARTITION core.kill_corporations_day_r0;

ALTER INDEX core.kill_corporations_day ATTACH PARTITION core.kill_corporations_day_r200;

ALTER INDEX core.kill_corporations_days ATTACH PARTITION core.kill_corporations_days_r0;

ALTER INDEX core.kill_corporations_days ATTACH PARTITION core.kill_corporations_days_r200;

ALTER INDEX core.kill_corporations_pkey ATTACH PARTITION core.kill_corporations_pkey_r0;

ALTER INDEX core.kill_corporations_pkey ATTACH PARTITION core.kill_corporations_pkey_r200;

ALTER INDEX core.kill_items_pkey ATTACH PARTITION core.kill_items_pkey_r0;

ALTER INDEX core.kill_items_pkey ATTACH PARTITION core.kill_items_pkey_r200;

ALTER INDEX core.kill_systems_day ATTACH PARTITION core.kill_systems_day_r0;

ALTER INDEX core.kill_systems_day ATTACH PARTITION core.kill_systems_day_r200;

ALTER INDEX core.kill_systems_days ATTACH PARTITION core.kill_systems_days_r0;

ALTER INDEX core.kill_systems_days ATTACH PARTITION core.kill_systems_days_r200;

ALTER INDEX core.kill_systems_pkey ATTACH PARTITION core.kill_systems_pkey_r0;

ALTER INDEX core.kill_systems_pkey ATTACH PARTITION core.kill_systems_pkey_r200;

ALTER INDEX core.kill_victims_pkey ATTACH PARTITION core.kill_victims_pkey_r0;

ALTER INDEX core.kill_victims_pkey ATTACH PARTITION core.kill_victims_pkey_r200;

ALTER INDEX core.kills_fact_changed_at ATTACH PARTITION core.kills_fact_changed_at_r0;

ALTER INDEX core.kills_fact_changed_at ATTACH PARTITION core.kills_fact_changed_at_r200;

ALTER INDEX core.kills_fact_kill_time ATTACH PARTITION core.kills_fact_kill_time_r0;

ALTER INDEX core.kills_fact_kill_time ATTACH PARTITION core.kills_fact_kill_time_r200;

ALTER INDEX core.kills_fact_pkey ATTACH PARTITION core.kills_fact_pkey_r0;

ALTER INDEX core.kills_fact_pkey ATTACH PARTITION core.kills_fact_pkey_r200;

ALTER INDEX core.kills_fact_system_id_position_x ATTACH PARTITION core.kills_fact_system_id_position_x_r0;

ALTER INDEX core.kills_fact_system_id_position_x ATTACH PARTITION core.kills_fact_system_id_position_x_r200;

ALTER INDEX core.kills_fact_unvalued ATTACH PARTITION core.kills_fact_unvalued_r0;

ALTER INDEX core.kills_fact_unvalued ATTACH PARTITION core.kills_fact_unvalued_r200;

CREATE TRIGGER add_expectation_days AFTER INSERT ON quality.validation_results REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quality.add_expectation_days();

CREATE TRIGGER add_validation_days AFTER INSERT ON quality.validation_runs REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quality.add_validation_days();

CREATE TRIGGER subtract_changed_validation_days AFTER UPDATE ON quality.validation_runs REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quality.subtract_validation_days();

CREATE TRIGGER then_add_changed_validation_days AFTER UPDATE ON quality.validation_runs REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quality.add_validation_days();

ALTER TABLE core.kill_alliances
    ADD CONSTRAINT kill_alliances_alliance_id_fkey FOREIGN KEY (alliance_id) REFERENCES core.alliances(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_alliances
    ADD CONSTRAINT kill_alliances_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE core.kill_attackers
    ADD CONSTRAINT kill_attackers_alliance_id_fkey FOREIGN KEY (alliance_id) REFERENCES core.alliances(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_attackers
    ADD CONSTRAINT kill_attackers_character_id_fkey FOREIGN KEY (character_id) REFERENCES core.characters(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_attackers
    ADD CONSTRAINT kill_attackers_corporation_id_fkey FOREIGN KEY (corporation_id) REFERENCES core.corporations(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_attackers
    ADD CONSTRAINT kill_attackers_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE core.kill_characters
    ADD CONSTRAINT kill_characters_alliance_id_fkey FOREIGN KEY (alliance_id) REFERENCES core.alliances(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_characters
    ADD CONSTRAINT kill_characters_character_id_fkey FOREIGN KEY (character_id) REFERENCES core.characters(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_characters
    ADD CONSTRAINT kill_characters_corporation_id_fkey FOREIGN KEY (corporation_id) REFERENCES core.corporations(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_characters
    ADD CONSTRAINT kill_characters_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE core.kill_corporations
    ADD CONSTRAINT kill_corporations_corporation_id_fkey FOREIGN KEY (corporation_id) REFERENCES core.corporations(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_corporations
    ADD CONSTRAINT kill_corporations_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE core.kill_items
    ADD CONSTRAINT kill_items_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE core.kill_systems
    ADD CONSTRAINT kill_systems_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE core.kill_victims
    ADD CONSTRAINT kill_victims_alliance_id_fkey FOREIGN KEY (alliance_id) REFERENCES core.alliances(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_victims
    ADD CONSTRAINT kill_victims_character_id_fkey FOREIGN KEY (character_id) REFERENCES core.characters(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_victims
    ADD CONSTRAINT kill_victims_corporation_id_fkey FOREIGN KEY (corporation_id) REFERENCES core.corporations(eve_id) NOT ENFORCED;

ALTER TABLE core.kill_victims
    ADD CONSTRAINT kill_victims_killmail_id_fkey FOREIGN KEY (killmail_id) REFERENCES core.kills_fact(killmail_id) NOT ENFORCED;

ALTER TABLE ONLY mart.battle_kills
    ADD CONSTRAINT battle_kills_battle_id_fkey FOREIGN KEY (battle_id) REFERENCES mart.battles(battle_id) ON DELETE CASCADE;

ALTER TABLE ONLY mart.battle_sides
    ADD CONSTRAINT battle_sides_battle_id_fkey FOREIGN KEY (battle_id) REFERENCES mart.battles(battle_id) ON DELETE CASCADE;

ALTER TABLE ONLY quality.validation_results
    ADD CONSTRAINT validation_results_run_id_fkey FOREIGN KEY (run_id) REFERENCES quality.validation_runs(run_id) ON DELETE CASCADE;

ALTER TABLE ONLY staging.killmails
    ADD CONSTRAINT killmails_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES staging.batches(batch_id);

GRANT ALL ON SCHEMA candidate TO killmart_loader;

GRANT USAGE ON SCHEMA core TO killmart_loader;
GRANT USAGE ON SCHEMA core TO killmart_reader;

GRANT USAGE ON SCHEMA legacy TO killmart_loader;
GRANT USAGE ON SCHEMA legacy TO killmart_reader;

GRANT USAGE ON SCHEMA mart TO killmart_loader;
GRANT USAGE ON SCHEMA mart TO killmart_reader;

GRANT USAGE ON SCHEMA ops TO killmart_loader;
GRANT USAGE ON SCHEMA ops TO killmart_reader;

GRANT USAGE ON SCHEMA quality TO killmart_loader;
GRANT USAGE ON SCHEMA quality TO killmart_reader;

GRANT USAGE ON SCHEMA reference TO killmart_loader;
GRANT USAGE ON SCHEMA reference TO killmart_reader;

GRANT USAGE ON SCHEMA staging TO killmart_loader;
GRANT USAGE ON SCHEMA staging TO killmart_reader;

REVOKE ALL ON FUNCTION core.attach_part(kill_table text, number bigint, home text) FROM PUBLIC;
GRANT ALL ON FUNCTION core.attach_part(kill_table text, number bigint, home text) TO killmart_loader;

REVOKE ALL ON FUNCTION core.create_part(kill_table text, number bigint, home text) FROM PUBLIC;
GRANT ALL ON FUNCTION core.create_part(kill_table text, number bigint, home text) TO killmart_loader;

REVOKE ALL ON FUNCTION core.drop_part(kill_table text, number bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION core.drop_part(kill_table text, number bigint) TO killmart_loader;

REVOKE ALL ON FUNCTION core.index_part(kill_table text, number bigint, home text) FROM PUBLIC;
GRANT ALL ON FUNCTION core.index_part(kill_table text, number bigint, home text) TO killmart_loader;

REVOKE ALL ON FUNCTION core.make_ranges(numbers bigint[], kill_tables text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION core.make_ranges(numbers bigint[], kill_tables text[]) TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.alliances TO killmart_loader;
GRANT SELECT ON TABLE core.alliances TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_attackers TO killmart_loader;
GRANT SELECT ON TABLE core.kill_attackers TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kills_fact TO killmart_loader;
GRANT SELECT ON TABLE core.kills_fact TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.groups TO killmart_loader;
GRANT SELECT ON TABLE reference.groups TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.types TO killmart_loader;
GRANT SELECT ON TABLE reference.types TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.attackers_fact TO killmart_loader;
GRANT SELECT ON TABLE core.attackers_fact TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.characters TO killmart_loader;
GRANT SELECT ON TABLE core.characters TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.corporations TO killmart_loader;
GRANT SELECT ON TABLE core.corporations TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.attackers_named TO killmart_loader;
GRANT SELECT ON TABLE core.attackers_named TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_victims TO killmart_loader;
GRANT SELECT ON TABLE core.kill_victims TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.damage_fact TO killmart_loader;
GRANT SELECT ON TABLE core.damage_fact TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.solar_systems TO killmart_loader;
GRANT SELECT ON TABLE reference.solar_systems TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.entities_named TO killmart_loader;
GRANT SELECT ON TABLE core.entities_named TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_items TO killmart_loader;
GRANT SELECT ON TABLE core.kill_items TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.items_named TO killmart_loader;
GRANT SELECT ON TABLE core.items_named TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_alliances TO killmart_loader;
GRANT SELECT ON TABLE core.kill_alliances TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_alliances_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_alliances_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_alliances_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_alliances_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_attackers_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_attackers_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_attackers_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_attackers_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_characters TO killmart_loader;
GRANT SELECT ON TABLE core.kill_characters TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_characters_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_characters_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_characters_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_characters_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_corporations TO killmart_loader;
GRANT SELECT ON TABLE core.kill_corporations TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_corporations_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_corporations_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_corporations_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_corporations_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_days TO killmart_loader;
GRANT SELECT ON TABLE core.kill_days TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_items_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_items_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_items_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_items_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_systems TO killmart_loader;
GRANT SELECT ON TABLE core.kill_systems TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_systems_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_systems_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_systems_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_systems_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_victims_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_victims_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kill_victims_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kill_victims_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.killmails_named TO killmart_loader;
GRANT SELECT ON TABLE core.killmails_named TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kills_fact_r0 TO killmart_loader;
GRANT SELECT ON TABLE core.kills_fact_r0 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.kills_fact_r200 TO killmart_loader;
GRANT SELECT ON TABLE core.kills_fact_r200 TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE core.losses_fact TO killmart_loader;
GRANT SELECT ON TABLE core.losses_fact TO killmart_reader;

GRANT SELECT ON TABLE legacy.alliances TO killmart_loader;
GRANT SELECT ON TABLE legacy.alliances TO killmart_reader;

GRANT SELECT ON TABLE legacy.characters TO killmart_loader;
GRANT SELECT ON TABLE legacy.characters TO killmart_reader;

GRANT SELECT ON TABLE legacy.corporations TO killmart_loader;
GRANT SELECT ON TABLE legacy.corporations TO killmart_reader;

GRANT SELECT ON TABLE legacy.kill_attackers TO killmart_loader;
GRANT SELECT ON TABLE legacy.kill_attackers TO killmart_reader;

GRANT SELECT ON TABLE legacy.kill_characters TO killmart_loader;
GRANT SELECT ON TABLE legacy.kill_characters TO killmart_reader;

GRANT SELECT ON TABLE legacy.kill_victims TO killmart_loader;
GRANT SELECT ON TABLE legacy.kill_victims TO killmart_reader;

GRANT SELECT ON TABLE legacy.kills_fact TO killmart_loader;
GRANT SELECT ON TABLE legacy.kills_fact TO killmart_reader;

GRANT SELECT ON TABLE legacy.losses_fact TO killmart_loader;
GRANT SELECT ON TABLE legacy.losses_fact TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.appearances TO killmart_loader;
GRANT SELECT ON TABLE mart.appearances TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.parties TO killmart_loader;
GRANT SELECT ON TABLE mart.parties TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.crew TO killmart_loader;
GRANT SELECT ON TABLE mart.crew TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.derived_crews TO killmart_loader;
GRANT SELECT ON TABLE mart.derived_crews TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.touched_days TO killmart_loader;
GRANT SELECT ON TABLE mart.touched_days TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.open_days TO killmart_loader;
GRANT SELECT ON TABLE mart.open_days TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.settled_crews TO killmart_loader;
GRANT SELECT ON TABLE mart.settled_crews TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.crews_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.crews_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.activity_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.activity_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.activity_hourly TO killmart_loader;
GRANT SELECT ON TABLE mart.activity_hourly TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.activity_trend TO killmart_loader;
GRANT SELECT ON TABLE mart.activity_trend TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.battle_kills TO killmart_loader;
GRANT SELECT ON TABLE mart.battle_kills TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.battle_sides TO killmart_loader;
GRANT SELECT ON TABLE mart.battle_sides TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.battle_sides_named TO killmart_loader;
GRANT SELECT ON TABLE mart.battle_sides_named TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.battles TO killmart_loader;
GRANT SELECT ON TABLE mart.battles TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.battles_named TO killmart_loader;
GRANT SELECT ON TABLE mart.battles_named TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.derived_relations TO killmart_loader;
GRANT SELECT ON TABLE mart.derived_relations TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.fleet_sizes TO killmart_loader;
GRANT SELECT ON TABLE mart.fleet_sizes TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.ships_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.ships_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.value_distribution TO killmart_loader;
GRANT SELECT ON TABLE mart.value_distribution TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.derived_sums TO killmart_loader;
GRANT SELECT ON TABLE mart.derived_sums TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.settled_sums TO killmart_loader;
GRANT SELECT ON TABLE mart.settled_sums TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.sums_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.sums_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.members_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.members_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.corporations_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.corporations_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.days_behind TO killmart_loader;
GRANT SELECT ON TABLE mart.days_behind TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.derived_items TO killmart_loader;
GRANT SELECT ON TABLE mart.derived_items TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.settled_items TO killmart_loader;
GRANT SELECT ON TABLE mart.settled_items TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.items_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.items_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.regions_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.regions_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.relations_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.relations_daily TO killmart_reader;

GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLE mart.systems_daily TO killmart_loader;
GRANT SELECT ON TABLE mart.systems_daily TO killmart_reader;

GRANT SELECT ON SEQUENCE mart.touched_days_touch_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.alerts TO killmart_loader;
GRANT SELECT ON TABLE ops.alerts TO killmart_reader;

GRANT SELECT ON SEQUENCE ops.alerts_alert_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.digests TO killmart_loader;
GRANT SELECT ON TABLE ops.digests TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.mutes TO killmart_loader;
GRANT SELECT ON TABLE ops.mutes TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.notifications TO killmart_loader;
GRANT SELECT ON TABLE ops.notifications TO killmart_reader;

GRANT SELECT ON SEQUENCE ops.notifications_notification_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.paces TO killmart_loader;
GRANT SELECT ON TABLE ops.paces TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.pauses TO killmart_loader;
GRANT SELECT ON TABLE ops.pauses TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.request_stats TO killmart_loader;
GRANT SELECT ON TABLE ops.request_stats TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.run_metrics TO killmart_loader;
GRANT SELECT ON TABLE ops.run_metrics TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.token_ledger TO killmart_loader;
GRANT SELECT ON TABLE ops.token_ledger TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.token_limits TO killmart_loader;
GRANT SELECT ON TABLE ops.token_limits TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE staging.killmails TO killmart_loader;

GRANT SELECT(killmail_id) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(killmail_hash) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(feed) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(zkb) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(state) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(batch_id) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(attempts) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(refetches) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(rejections) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(is_republished) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(next_attempt_at) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(error) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(staged_at) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(fetched_at) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(promoted_at) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT(promoted_batch_id) ON TABLE staging.killmails TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE ops.waiting_killmails TO killmart_loader;
GRANT SELECT ON TABLE ops.waiting_killmails TO killmart_reader;

GRANT SELECT ON TABLE public.schema_revisions TO killmart_loader;
GRANT SELECT ON TABLE public.schema_revisions TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.actions TO killmart_loader;
GRANT SELECT ON TABLE quality.actions TO killmart_reader;

GRANT SELECT ON SEQUENCE quality.actions_action_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.column_profiles TO killmart_loader;
GRANT SELECT ON TABLE quality.column_profiles TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.day_coverage TO killmart_loader;
GRANT SELECT ON TABLE quality.day_coverage TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.quarantine TO killmart_loader;
GRANT SELECT ON TABLE quality.quarantine TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.coverage TO killmart_loader;
GRANT SELECT ON TABLE quality.coverage TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.expectation_days TO killmart_loader;
GRANT SELECT ON TABLE quality.expectation_days TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.junction_checks TO killmart_loader;
GRANT SELECT ON TABLE quality.junction_checks TO killmart_reader;

GRANT SELECT ON SEQUENCE quality.junction_checks_check_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.mart_checks TO killmart_loader;
GRANT SELECT ON TABLE quality.mart_checks TO killmart_reader;

GRANT SELECT ON SEQUENCE quality.mart_checks_check_id_seq TO killmart_loader;

GRANT SELECT ON SEQUENCE quality.quarantine_quarantine_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.validation_results TO killmart_loader;
GRANT SELECT ON TABLE quality.validation_results TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.validation_runs TO killmart_loader;
GRANT SELECT ON TABLE quality.validation_runs TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE staging.batches TO killmart_loader;
GRANT SELECT ON TABLE staging.batches TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.reviewed_batches TO killmart_loader;
GRANT SELECT ON TABLE quality.reviewed_batches TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.validation_days TO killmart_loader;
GRANT SELECT ON TABLE quality.validation_days TO killmart_reader;

GRANT SELECT ON SEQUENCE quality.validation_runs_run_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE quality.value_spread TO killmart_loader;
GRANT SELECT ON TABLE quality.value_spread TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.categories TO killmart_loader;
GRANT SELECT ON TABLE reference.categories TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.market_prices TO killmart_loader;
GRANT SELECT ON TABLE reference.market_prices TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.price_days TO killmart_loader;
GRANT SELECT ON TABLE reference.price_days TO killmart_reader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE reference.sde_builds TO killmart_loader;
GRANT SELECT ON TABLE reference.sde_builds TO killmart_reader;

GRANT SELECT ON SEQUENCE staging.batches_batch_id_seq TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE staging.feed_cursors TO killmart_loader;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE staging.feed_holes TO killmart_loader;

GRANT SELECT ON SEQUENCE staging.feed_holes_hole_id_seq TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA core GRANT SELECT ON SEQUENCES TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA core GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLES TO killmart_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA core GRANT SELECT ON TABLES TO killmart_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA legacy GRANT SELECT ON TABLES TO killmart_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA legacy GRANT SELECT ON TABLES TO killmart_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA mart GRANT SELECT ON SEQUENCES TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA mart GRANT SELECT,INSERT,DELETE,TRUNCATE,MAINTAIN,UPDATE ON TABLES TO killmart_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA mart GRANT SELECT ON TABLES TO killmart_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA ops GRANT SELECT ON SEQUENCES TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA ops GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLES TO killmart_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA ops GRANT SELECT ON TABLES TO killmart_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA quality GRANT SELECT ON SEQUENCES TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA quality GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLES TO killmart_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA quality GRANT SELECT ON TABLES TO killmart_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA reference GRANT SELECT ON SEQUENCES TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA reference GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLES TO killmart_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA reference GRANT SELECT ON TABLES TO killmart_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA staging GRANT SELECT ON SEQUENCES TO killmart_loader;

ALTER DEFAULT PRIVILEGES FOR ROLE killmart_owner IN SCHEMA staging GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLES TO killmart_loader;
