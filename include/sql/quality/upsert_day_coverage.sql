-- Compares what a day should have with what is there, and keeps the result.
-- Grain: one row per UTC day. Parameters: day, expected_ids (of the list and the archive), sources. Idempotent.
-- What core has of that day is expected too; a killmail that is neither in core nor in quarantine is missing;
-- one that a person took out of quarantine for good (discarded) is accounted for like one that is in it. What was in
-- quarantine the last time (`refused`) and still is stays expected, also where no source names it any more.
WITH expected AS (
    SELECT unnest(cast(:expected_ids AS bigint[])) AS killmail_id
    UNION
    SELECT killmail_id
    FROM core.kills_fact
    WHERE
        kill_time >= cast(:day AS timestamp) AT TIME ZONE 'UTC'
        AND kill_time < (cast(:day AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'
    UNION
    SELECT entry.killmail_id
    FROM quality.day_coverage AS before
    INNER JOIN quality.quarantine AS entry ON entry.killmail_id = any(before.refused)
    WHERE before.day = :day AND (entry.resolved_at IS NULL OR entry.resolution = 'discarded')
),

found AS (
    SELECT
        expected.killmail_id,
        kills.killmail_id IS NOT NULL AS is_loaded,
        exists(
            SELECT 1 FROM quality.quarantine AS entry
            WHERE
                entry.killmail_id = expected.killmail_id
                AND (entry.resolved_at IS NULL OR entry.resolution = 'discarded')
        ) AS is_quarantined
    FROM expected
    LEFT JOIN core.kills_fact AS kills ON expected.killmail_id = kills.killmail_id
)

INSERT INTO quality.day_coverage AS coverage (
    day, expected, loaded, quarantined, missing, sources, checked_at, refused
)
SELECT
    cast(:day AS date) AS day,
    count(*) AS expected,
    count(*) FILTER (WHERE is_loaded) AS loaded,
    count(*) FILTER (WHERE NOT is_loaded AND is_quarantined) AS quarantined,
    coalesce(
        array_agg(killmail_id ORDER BY killmail_id) FILTER (WHERE NOT is_loaded AND NOT is_quarantined), '{}'
    ) AS missing,
    :sources AS sources,
    clock_timestamp() AS checked_at,
    coalesce(
        array_agg(killmail_id ORDER BY killmail_id) FILTER (WHERE NOT is_loaded AND is_quarantined), '{}'
    ) AS refused
FROM found
ON CONFLICT (day) DO UPDATE
    SET
        expected = excluded.expected,
        loaded = excluded.loaded,
        quarantined = excluded.quarantined,
        missing = excluded.missing,
        sources = excluded.sources,
        checked_at = excluded.checked_at,
        refused = excluded.refused
RETURNING expected, loaded, quarantined, missing
