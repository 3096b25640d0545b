-- How things stand at this moment, by the tables themselves: true even where monitor does not run. Grain: one row.
-- Parameters: at, hour (an hour before), day (a day before). What waited for a person to release it does not count in the
-- median.
WITH waiting AS (
    SELECT
        state,
        staged_at
    FROM ops.waiting_killmails
)

SELECT
    (SELECT max(kill_time) FROM core.kills_fact) AS newest_kill_time,
    (
        SELECT max(at) FROM ops.run_metrics
        WHERE stage = 'drain' AND metric = 'refs' AND value > 0 AND at <= :at
    ) AS named_at,
    (
        SELECT max(at) FROM ops.run_metrics
        WHERE stage = 'gauge' AND metric = 'waiting_killmails' AND at BETWEEN :day AND :at
    ) AS sampled_at,
    (
        SELECT count(*) FROM waiting
        WHERE state = 'pending'
    ) AS pending,
    (
        SELECT count(*) FROM waiting
        WHERE state = 'fetched'
    ) AS fetched,
    (SELECT min(staged_at) FROM waiting) AS oldest_staged_at,
    (
        SELECT count(*) FROM staging.batches
        WHERE state = 'blocked'
    ) AS blocked_batches,
    (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(EPOCH FROM promoted_at - staged_at))
        FROM staging.killmails
        WHERE
            state = 'promoted' AND promoted_at > :hour AND promoted_at <= :at
            AND NOT EXISTS (
                SELECT 1 FROM quality.actions
                WHERE
                    actions.batch_id = killmails.promoted_batch_id
                    AND actions.action IN ('release', 'release_batch')
            )
    ) AS median_seconds_to_core
