-- The ids between which so many killmails lie, from the latest one at or before some moment of what core has. By times, since a
-- single odd id may be far beyond all others. Grain: one row, of nulls where core is empty.
-- Parameters: share (where the moment is between the first and the last killmail, 0 to 1), kills.
WITH bounds AS (
    SELECT
        min(kill_time) AS earliest,
        max(kill_time) AS latest
    FROM core.kills_fact
),

beginning AS (
    SELECT kills.killmail_id
    FROM core.kills_fact AS kills
    WHERE
        kills.kill_time <= (
            SELECT bounds.earliest + (bounds.latest - bounds.earliest) * cast(:share AS double precision)
            FROM bounds
        )
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
