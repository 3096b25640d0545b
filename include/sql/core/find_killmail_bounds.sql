-- Between which ids the killmails of some days lie: ids grow with time, though not strictly. Grain: one row, of nulls where
-- there are none; the count keeps PostgreSQL from looking for min and max along the primary key.
-- Parameters: since (included) and until (not included), times.
SELECT
    min(killmail_id) AS lowest,
    max(killmail_id) AS highest,
    count(*) AS killmails
FROM core.kills_fact
WHERE kill_time >= :since AND kill_time < :until
