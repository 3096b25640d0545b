-- Items of one UTC day by type, containers and what is in them alike. Grain: one row per type. Parameters: day.
INSERT INTO fresh_items_daily (
    day,
    type_id,
    killmails,
    dropped,
    destroyed,
    dropped_value,
    destroyed_value
)
SELECT
    cast(:day AS date) AS day,
    items.type_id,
    count(DISTINCT items.killmail_id) AS killmails,
    sum(items.quantity_dropped) AS dropped,
    sum(items.quantity_destroyed) AS destroyed,
    sum(items.quantity_dropped * items.unit_price) AS dropped_value,
    sum(items.quantity_destroyed * items.unit_price) AS destroyed_value
FROM core.kills_fact AS kills
INNER JOIN core.kill_items AS items ON kills.killmail_id = items.killmail_id
WHERE
    kills.kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
    AND kills.kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
GROUP BY items.type_id
