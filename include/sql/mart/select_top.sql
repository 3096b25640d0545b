-- Who destroyed most on a day, by ISK. A template over the kinds of entities. Grain: one row per entity. Parameters: day, entity_kind,
-- limit.
SELECT
    activity.entity_id,
    entities.name,
    activity.kills,
    activity.kills_valued AS valued,
    mart.known_isk(activity.isk_killed, activity.kills_valued, activity.kills) AS isk
FROM mart.activity_daily AS activity
LEFT JOIN core.any_entities AS entities ON activity.entity_id = entities.eve_id
WHERE activity.day = :day AND activity.entity_kind = cast(:entity_kind AS mart.entity_kind) AND activity.kills > 0
ORDER BY activity.isk_killed DESC, activity.kills DESC, activity.entity_id ASC
LIMIT :limit
