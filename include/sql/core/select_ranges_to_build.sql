-- Ranges that are worth being built: enough killmails come to them, and core has little of them beside that. Grain: one row per range.
-- Parameters: batch_ids, worth (so many have to come), most_there (of each that comes).
SELECT number
FROM (
    SELECT
        core.range_of(killmail_id) AS number,
        count(*) AS kills
    FROM promotion_together
    WHERE batch_id = any(:batch_ids)
    GROUP BY core.range_of(killmail_id)
) AS coming
WHERE
    kills >= :worth
    AND kills * :most_there > (
        SELECT count(*)
        FROM (
            SELECT there.killmail_id
            FROM core.kills_fact AS there
            WHERE there.killmail_id BETWEEN core.first_id(coming.number) AND core.last_id(coming.number)
            ORDER BY there.killmail_id
            LIMIT cast(ceil(coming.kills * :most_there) AS bigint)
        ) AS counted
    )
ORDER BY number
