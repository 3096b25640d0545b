-- Each corporation that destroyed most on a day, by ISK. Grain: one row per corporation. Parameters: day, limit.
SELECT
    activity.entity_id,
    entities.name,
    activity.kills,
    activity.kills_valued AS valued,
    mart.known_isk(activity.isk_killed, activity.kills_valued, activity.kills) AS isk
FROM mart.activity_daily AS activity
LEFT JOIN core.corporations AS entities ON activity.entity_id = entities.eve_id
WHERE activity.day = :day AND activity.entity_kind = 'corporation' AND activity.kills > 0
ORDER BY activity.isk_killed DESC, activity.kills DESC, activity.entity_id ASC
LIMIT :limit
