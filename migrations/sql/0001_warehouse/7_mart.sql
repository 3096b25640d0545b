-- mart: what charts read. Nearly all of it are views over the junctions and core (7_mart_entities.sql), right as soon as a batch is
-- promoted. What they would read too much for is summed up day by day in tables (7_mart_days.sql, 7_mart_sums.sql;
-- docs/adr/0012-marts-are-views.md), beside which core is read for the newest days that changed. Battles are found
-- (7_mart_battles.sql).
-- `python -m killmart marts --rebuild` builds all tables again.
--
-- What counts, everywhere here:
--   kill   a killmail counts once for each entity that attacked, however many of its pilots did, with its whole value.
--          NPCs (core.is_npc) do not attack for anybody: an attacker counts if it is a player's pilot, or belongs to a player
--          corporation (structures, drones). So an NPC corporation has the kills of the players in it, not those of its NPCs.
--   loss   a killmail counts once for the victim's character, corporation and alliance, whoever killed it, NPCs included.
--   both   an entity on both sides of a killmail has the kill and the loss.
--   system its kills are the killmails there that somebody attacked who counts, its losses all killmails there.
--   ISK    kills_fact.total_value of the killmails that have one. How many have none is in activity_daily (kills_valued,
--          losses_valued), battles, and value_distribution under magnitude -1: unknown is not 0, see mart.known_isk.
--   day    the UTC day of kill_time. Days without killmails have no rows.
--   npc    npc_losses are killmails on which nobody counts. kills_fact.npc has these too, and NPC structures that players killed,
--          as zKillboard has it; where zKillboard gave npc, that stands there.

CREATE SCHEMA mart;
COMMENT ON SCHEMA mart IS 'What charts read: sums per UTC day and entity, relations and battles, derived from core';

CREATE TYPE mart.entity_kind AS ENUM ('character', 'corporation', 'alliance', 'system');
COMMENT ON TYPE mart.entity_kind IS 'What an entity_id is the id of';

CREATE FUNCTION mart.known_isk(
    isk numeric, valued numeric, killmails numeric
) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN $2 > 0 OR $3 = 0 THEN $1 END
$$;
COMMENT ON FUNCTION mart.known_isk IS
'A sum of ISK over killmails of which so many have a value: null where there are some and none of them has one';

CREATE FUNCTION mart.magnitude(isk bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        width_bucket($1, ARRAY[
            1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
        ]::bigint[]),
        -1
    )::smallint
$$;
COMMENT ON FUNCTION mart.magnitude IS 'The power of ten of a value: n from 10^n to under 10^(n+1) ISK, 0 under 10 ISK, -1 without a value';

CREATE FUNCTION mart.fleet_size(players integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]::smallint[])[
        width_bucket($1, ARRAY[0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000])
    ]
$$;
COMMENT ON FUNCTION mart.fleet_size IS 'The class of so many attackers: the smallest number in it';

CREATE TABLE mart.touched_days (
    touch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    are_battles_found boolean NOT NULL DEFAULT FALSE,
    touched_at timestamptz NOT NULL DEFAULT now(),
    system_ids integer[],
    kill_times timestamptz[] CHECK (cardinality(kill_times) = cardinality(system_ids))
);
CREATE INDEX touched_days_day ON mart.touched_days (day);
COMMENT ON TABLE mart.touched_days IS
'UTC days whose killmails changed since they were summed up; a row goes with the refresh that sums up its day, once it is over';
COMMENT ON COLUMN mart.touched_days.touch_id IS 'Number of the change';
COMMENT ON COLUMN mart.touched_days.day IS 'UTC day';
COMMENT ON COLUMN mart.touched_days.are_battles_found IS 'Whether the change is in battles; sums may wait longer';
COMMENT ON COLUMN mart.touched_days.touched_at IS 'When the transaction began that changed it';
COMMENT ON COLUMN mart.touched_days.system_ids IS
'Where killmails came, changed or went; null where there were too many to list, and then all of the day may have changed';
COMMENT ON COLUMN mart.touched_days.kill_times IS 'When each of them happened, in step';

CREATE VIEW mart.open_days AS
SELECT DISTINCT day
FROM mart.touched_days
ORDER BY day DESC
LIMIT 2;
COMMENT ON VIEW mart.open_days IS
'UTC days that are read from core in place of their sums: of the touched ones the newest two, so that a page never reads more';
COMMENT ON COLUMN mart.open_days.day IS 'UTC day';

CREATE VIEW mart.days_behind AS
SELECT
    day,
    min(touched_at) AS since
FROM mart.touched_days
WHERE NOT are_battles_found OR day <> all(array(SELECT open.day FROM mart.open_days AS open))
GROUP BY day;
COMMENT ON VIEW mart.days_behind IS
'UTC days that the mart does not show as they are: their battles are still to be found, or their sums are from before';
COMMENT ON COLUMN mart.days_behind.day IS 'UTC day';
COMMENT ON COLUMN mart.days_behind.since IS 'When they changed first since then';
