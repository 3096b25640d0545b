-- Who is to be asked for by name, those seen last first. Grain: one row per table and id.
-- The rule: whoever was never asked for; whoever has no name again after `nameless_days`, but sooner where ESI has refused
-- the id, which may be too new for it: after `refused_days` of the first, second, ... refusal; and of those seen on a
-- killmail within the last `seen_days`, whoever's name is older than `stale_days`. Nobody else's name is asked again.
-- Parameters: nameless_days, refused_days (array), stale_days, seen_days, limit.
SELECT
    eve_id,
    last_seen
FROM (
    SELECT
        eve_id,
        name,
        name_at,
        name_refusals,
        last_seen
    FROM core.characters
    UNION ALL
    SELECT
        eve_id,
        name,
        name_at,
        name_refusals,
        last_seen
    FROM core.corporations
    UNION ALL
    SELECT
        eve_id,
        name,
        name_at,
        name_refusals,
        last_seen
    FROM core.alliances
) AS everybody
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN name IS NOT NULL THEN cast(:stale_days AS double precision)
                ELSE coalesce((cast(:refused_days AS double precision[]))[name_refusals], :nameless_days)
            END
            * 86400 AS seconds
    ) AS wait
WHERE
    name_at IS NULL
    OR (
        ops.seconds_left(name_at + make_interval(secs => wait.seconds), wait.seconds) = 0
        AND (name IS NULL OR last_seen > now() - make_interval(secs => :seen_days * 86400))
    )
ORDER BY last_seen DESC, eve_id ASC
LIMIT :limit
