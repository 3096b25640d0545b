-- Who is to be asked for by name, those seen last first. Grain: one row per table and id.
-- The rule: whoever was never asked for; again after `nameless_days` where ESI knew no name; and of those seen on a
-- killmail within the last `seen_days`, whoever's name is older than `stale_days`. Nobody else's name is asked again.
-- Parameters: nameless_days, stale_days, seen_days, limit.
SELECT
    eve_id,
    last_seen
FROM (
    SELECT
        eve_id,
        name,
        name_at,
        last_seen
    FROM core.characters
    UNION ALL
    SELECT
        eve_id,
        name,
        name_at,
        last_seen
    FROM core.corporations
    UNION ALL
    SELECT
        eve_id,
        name,
        name_at,
        last_seen
    FROM core.alliances
) AS everybody
WHERE
    name_at IS NULL
    OR (name IS NULL AND name_at < now() - make_interval(secs => :nameless_days * 86400))
    OR (
        name_at < now() - make_interval(secs => :stale_days * 86400)
        AND last_seen > now() - make_interval(secs => :seen_days * 86400)
    )
ORDER BY last_seen DESC, eve_id ASC
LIMIT :limit
