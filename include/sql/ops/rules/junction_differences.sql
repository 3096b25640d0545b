-- Killmails that differed at the latest comparison of the junctions with core, however long ago: they stay looked at until they
-- are mended. Grain: one row or none. Parameters: at.
SELECT
    coalesce(
        (
            SELECT
                string_agg(cast(listed.killmail_id AS text), ', ' ORDER BY listed.place)
                || coalesce(' of ' || string_agg(DISTINCT cast(cast(kills.kill_time AT TIME ZONE 'UTC' AS date) AS text), ', '), '')
            FROM unnest(latest.differing[1:10]) WITH ORDINALITY AS listed (killmail_id, place)
            LEFT JOIN core.kills_fact AS kills ON listed.killmail_id = kills.killmail_id
        )
        || CASE WHEN cardinality(latest.differing) > 10 THEN ', and others' ELSE '' END,
        ''
    ) AS subject,
    cast(cardinality(latest.differing) AS double precision) AS value,
    latest.kills AS samples
FROM (
    SELECT
        kills,
        differing
    FROM quality.junction_checks
    WHERE checked_at <= :at
    ORDER BY check_id DESC
    LIMIT 1
) AS latest
