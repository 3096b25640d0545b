-- Killmails of a span from downtime to downtime that players took part in, each with those who took part; only those that a battle can be
-- made of: in one system, none later than :gap after the one before, and :least of them. Where places and times of changes are given, only
-- what they can have made, grown or torn: a fight never leaves such a row of killmails.
-- Grain: one row per killmail and party (victim first).
-- Parameters: begins, ends (not included), least, gap, system_ids and kill_times of changes (in step; null for all).
WITH fought AS (
    SELECT
        killmail_id,
        kill_time,
        system_id,
        total_value AS isk,
        coalesce(
            kill_time - lag(kill_time) OVER (PARTITION BY system_id ORDER BY kill_time, killmail_id) > cast(:gap AS interval), TRUE
        ) AS is_first
    FROM core.kill_systems
    WHERE
        kill_time >= :begins AND kill_time < :ends AND players > 0
        AND day >= cast(cast(:begins AS timestamptz) AT TIME ZONE 'UTC' AS date)
        AND day <= cast(cast(:ends AS timestamptz) AT TIME ZONE 'UTC' AS date)
        AND (cast(:system_ids AS bigint[]) IS NULL OR system_id = any(cast(:system_ids AS bigint[])))
),

numbered AS (
    SELECT
        killmail_id,
        kill_time,
        system_id,
        isk,
        count(*) FILTER (WHERE is_first) OVER (PARTITION BY system_id ORDER BY kill_time, killmail_id) AS stretch
    FROM fought
),

stretches AS (
    SELECT
        killmail_id,
        kill_time,
        system_id,
        isk,
        count(*) OVER alike AS killmails,
        min(kill_time) OVER alike AS first_time,
        max(kill_time) OVER alike AS last_time
    FROM numbered
    WINDOW alike AS (PARTITION BY system_id, stretch)
)

SELECT
    kept.killmail_id,
    kept.kill_time,
    kept.system_id,
    kept.isk,
    parties.character_id,
    parties.corporation_id,
    parties.alliance_id
FROM stretches AS kept
CROSS JOIN
    LATERAL (
        SELECT here.*
        FROM mart.parties AS here
        WHERE here.killmail_id = kept.killmail_id
        OFFSET 0  -- noqa: AM09
    ) AS parties
WHERE
    kept.killmails >= :least
    AND (
        cast(:system_ids AS bigint[]) IS NULL
        OR EXISTS (
            SELECT 1
            FROM unnest(cast(:system_ids AS bigint[]), cast(:kill_times AS timestamptz[])) AS changed (system_id, kill_time)
            WHERE
                changed.system_id = kept.system_id
                AND changed.kill_time BETWEEN kept.first_time - cast(:gap AS interval) AND kept.last_time + cast(:gap AS interval)
        )
    )
ORDER BY kept.kill_time, kept.killmail_id, parties.attacker_index
