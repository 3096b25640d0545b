-- Removes the battles that began in a span of time, of these the ones that changes fall into where their places and times are given; and
-- whichever others hold one of these killmails (they grow, or the day that it left is touched, too). With their sides and killmails.
-- Grain: one row per battle.
-- Parameters: begins, ends (not included), system_ids and kill_times of changes (in step; null for all), kill_ids.
DELETE FROM mart.battles
WHERE battle_id IN (
    SELECT began.battle_id
    FROM mart.battles AS began
    WHERE
        began.started_at >= :begins AND began.started_at < :ends
        AND (
            cast(:system_ids AS integer[]) IS NULL
            OR EXISTS (
                SELECT 1
                FROM unnest(cast(:system_ids AS integer[]), cast(:kill_times AS timestamptz[])) AS changed (system_id, kill_time)
                WHERE
                    changed.system_id = began.system_id
                    AND changed.kill_time BETWEEN began.started_at AND began.ended_at
            )
        )
    UNION ALL
    SELECT moved.battle_id
    FROM mart.battle_kills AS moved
    WHERE moved.killmail_id = any(cast(:kill_ids AS bigint[]))
)
