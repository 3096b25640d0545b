-- The state in one glance: what came in lately, and what waits for a person. Grain: one row.
-- Parameters: midnight (start of the UTC day), since (24 hours ago).
SELECT
    (
        SELECT coalesce(sum(promoted), 0) FROM quality.validation_runs
        WHERE started_at >= :midnight
    ) AS loaded_today,
    (
        SELECT coalesce(sum(promoted), 0) FROM quality.validation_runs
        WHERE started_at >= :since
    ) AS loaded_24h,
    (
        SELECT count(*) FROM quality.validation_runs
        WHERE started_at >= :since
    ) AS runs_24h,
    (SELECT max(kill_time) FROM core.kills_fact) AS newest_kill_time,
    (
        SELECT count(*) FROM staging.batches
        WHERE state = 'blocked'
    ) AS blocked_batches,
    (
        SELECT count(*) FROM quality.quarantine
        WHERE resolved_at IS NULL
    ) AS open_quarantine
