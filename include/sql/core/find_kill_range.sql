-- The ids between which so many killmails lie, from the latest one at or before some moment of what core has. By times, since a
-- single odd id may be far beyond all others. Grain: one row, of nulls where core is empty.
-- Parameters: share (0 to 1: where the moment is), is_by_days (whether it is a share of the UTC days that were loaded or valued, laid
-- end to end, so that years without killmails do not count; else, and where no day is known, of the time from first to last), kills.
WITH known AS (
    SELECT
        days.day,
        row_number() OVER (ORDER BY days.day) - 1 AS place,
        cast(:share AS double precision) * count(*) OVER () AS wanted
    FROM (
        SELECT day FROM quality.day_coverage
        WHERE loaded > 0
        UNION
        SELECT day FROM quality.value_spread
    ) AS days
    WHERE :is_by_days
),

bounds AS (
    SELECT
        min(kill_time) AS earliest,
        max(kill_time) AS latest
    FROM core.kills_fact
),

chosen AS (
    SELECT
        coalesce(
            (
                SELECT cast(known.day AS timestamp) AT TIME ZONE 'UTC' + (known.wanted - known.place) * interval '1 day'
                FROM known
                WHERE known.place = floor(known.wanted)
            ),
            bounds.earliest + (bounds.latest - bounds.earliest) * cast(:share AS double precision)
        ) AS moment
    FROM bounds
),

beginning AS (
    SELECT kills.killmail_id
    FROM core.kills_fact AS kills
    WHERE kills.kill_time <= (SELECT greatest(chosen.moment, bounds.earliest) FROM chosen CROSS JOIN bounds)
    ORDER BY kills.kill_time DESC, kills.killmail_id ASC
    LIMIT 1
)

SELECT
    min(sampled.killmail_id) AS lowest,
    max(sampled.killmail_id) AS highest,
    count(*) AS kills
FROM (
    SELECT kills.killmail_id
    FROM core.kills_fact AS kills
    WHERE kills.killmail_id >= (SELECT beginning.killmail_id FROM beginning)
    ORDER BY kills.killmail_id
    LIMIT :kills
) AS sampled
