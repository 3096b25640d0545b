-- The corporations of an alliance that destroyed most on a day, by ISK. Grain: one row per corporation.
-- Parameters: day, entity_id (the alliance), limit.
SELECT
    members.corporation_id AS entity_id,
    corporations.name,
    members.kills,
    sums.valued,
    mart.known_isk(members.isk_killed, sums.valued, members.kills) AS isk
FROM mart.corporations_daily AS members
INNER JOIN mart.activity_daily AS activity
    ON members.day = activity.day AND members.corporation_id = activity.entity_id AND activity.entity_kind = 'corporation'
-- kills without a value are shown by corporation alone: those of one that changed its alliance that day count here
CROSS JOIN LATERAL (SELECT greatest(members.kills - (activity.kills - activity.kills_valued), 0) AS valued) AS sums
LEFT JOIN core.corporations ON members.corporation_id = corporations.eve_id
WHERE members.day = :day AND members.entity_kind = 'alliance' AND members.entity_id = :entity_id AND members.kills > 0
ORDER BY members.isk_killed DESC, members.kills DESC, members.corporation_id ASC
LIMIT :limit
