-- Removes the battles that began in a span of time, with their sides and killmails. Grain: one row per battle.
-- Parameters: begins, ends (not included).
DELETE FROM mart.battles
WHERE started_at >= :begins AND started_at < :ends
