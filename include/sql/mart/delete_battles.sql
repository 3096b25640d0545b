-- Removes the battles that began in a span of time, and those of another span that one of these killmails has left (the day
-- that it left is touched, too), with their sides and killmails. Grain: one row per battle.
-- Parameters: begins, ends (not included), kill_ids.
DELETE FROM mart.battles
WHERE battle_id IN (
    SELECT began.battle_id
    FROM mart.battles AS began
    WHERE began.started_at >= :begins AND began.started_at < :ends
    UNION ALL
    SELECT moved.battle_id
    FROM mart.battle_kills AS moved
    WHERE moved.killmail_id = any(cast(:kill_ids AS bigint[]))
)
