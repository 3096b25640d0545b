-- Seconds that a killmail takes from staging to core: the median of those promoted (what is published again comes
-- through a second time, long after it was staged, and must not count; nor does what has waited for a person to release
-- it), or what the oldest one that waits has waited, by the newest sample. Grain: one row per kind. Parameters: since, at.
SELECT
    'promoted' AS subject,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(EPOCH FROM promoted_at - staged_at)) AS value,
    count(*) AS samples
FROM staging.killmails
WHERE
    state = 'promoted' AND promoted_at > :since AND promoted_at <= :at
    AND NOT EXISTS (
        SELECT 1 FROM quality.actions
        WHERE actions.batch_id = killmails.promoted_batch_id AND actions.action IN ('release', 'release_batch')
    )
HAVING count(*) > 0
UNION ALL
(
    SELECT
        'waiting' AS subject,
        value,
        1 AS samples
    FROM ops.run_metrics
    WHERE stage = 'gauge' AND metric = 'oldest_waiting_seconds' AND at > :since AND at <= :at
    ORDER BY at DESC
    LIMIT 1
)
