-- The corporations of an alliance that destroyed most on a day, by ISK. Grain: one row per corporation.
-- Parameters: day, entity_id (the alliance), limit.
SELECT
    members.corporation_id AS entity_id,
    corporations.name,
    members.kills,
    members.isk_killed AS isk
FROM mart.corporations_daily AS members
LEFT JOIN core.corporations ON members.corporation_id = corporations.eve_id
WHERE members.day = :day AND members.entity_kind = 'alliance' AND members.entity_id = :entity_id AND members.kills > 0
ORDER BY members.isk_killed DESC, members.kills DESC, members.corporation_id ASC
LIMIT :limit
