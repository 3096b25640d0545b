-- Characters whose affiliation is to be asked for: seen on a killmail lately, and not asked for within a day.
-- Grain: one row per character, by id after :after. A day is 20 hours here, so that a daily run a few minutes earlier
-- than yesterday's does not skip a day. Parameters: seen_days, after, limit.
SELECT eve_id
FROM core.characters
WHERE
    last_seen > now() - make_interval(secs => :seen_days * 86400)
    AND ops.seconds_left(affiliation_at + make_interval(hours => 20), 20 * 3600) = 0
    AND eve_id > :after
ORDER BY eve_id
LIMIT :limit
