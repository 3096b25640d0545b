-- How things stand in the warehouse. Grain: one row per metric and label (null where there is one only). Parameters: at,
-- longest_pause (seconds).
-- What cannot be said yet (no kill, no drain, no compared day) has no row. Staging holds the bodies of a month: its
-- rows are counted state by state, each by an index of its own, and those that are promoted not at all.
WITH waiting AS (
    SELECT
        state,
        staged_at
    FROM ops.waiting_killmails
),

days AS (
    -- comparing began with the oldest of the last 30 days that was compared: a backfill compares days of long ago
    SELECT
        (cast(:at AS timestamptz) AT TIME ZONE 'UTC')::date - 1 AS yesterday,
        (
            SELECT min(day) FROM quality.day_coverage
            WHERE day >= (cast(:at AS timestamptz) AT TIME ZONE 'UTC')::date - 30
        ) AS first_compared
),

covered AS (
    -- yesterday counts once it was compared; an older day that was not, since comparing began, counts as not covered
    SELECT
        week.day::date AS day,
        coalesce(cardinality(coverage.missing), 0) AS missing,
        CASE
            WHEN coverage.day IS NULL THEN 0
            WHEN coverage.expected = 0 THEN 1
            ELSE 1 - cardinality(coverage.missing)::double precision / coverage.expected
        END AS share
    FROM days
    CROSS JOIN LATERAL generate_series(days.yesterday - 6, days.yesterday, '1 day') AS week (day)
    LEFT JOIN quality.day_coverage AS coverage ON week.day::date = coverage.day
    WHERE
        week.day::date >= days.first_compared
        AND (coverage.day IS NOT NULL OR week.day::date < days.yesterday)
),

drains AS (
    SELECT coalesce(
        (
            SELECT max(at) FROM ops.run_metrics
            WHERE stage = 'drain' AND metric = 'refs' AND value > 0 AND at <= :at
        ),
        (
            SELECT min(at) FROM ops.run_metrics
            WHERE stage = 'drain' AND metric = 'refs' AND at <= :at
        )
    ) AS last_at
),

budgets AS (
    SELECT
        limits.service,
        limits.tokens,
        greatest(0, limits.tokens - coalesce(sum(ledger.tokens), 0)) AS tokens_left
    FROM ops.token_limits AS limits
    LEFT JOIN ops.token_ledger AS ledger
        ON
            limits.service = ledger.service
            AND ledger.spent_at > cast(:at AS timestamptz) - make_interval(secs => limits.window_seconds)
            AND ledger.spent_at <= cast(:at AS timestamptz) + make_interval(secs => limits.window_seconds / 2)
    GROUP BY limits.service, limits.tokens
),

gauges (metric, label, value) AS (
    SELECT
        'staging_killmails',
        states.state,
        count(waiting.state)
    FROM (VALUES ('pending'), ('fetched')) AS states (state)
    LEFT JOIN waiting USING (state)
    GROUP BY states.state
    UNION ALL
    SELECT
        'staging_killmails',
        'gone',
        count(*)
    FROM staging.killmails
    WHERE state = 'gone'
    UNION ALL
    SELECT
        'staging_killmails',
        'blocked',
        count(*)
    FROM staging.killmails
    INNER JOIN staging.batches USING (batch_id)
    WHERE batches.state = 'blocked' AND killmails.state = 'blocked'
    UNION ALL
    SELECT
        'waiting_killmails',
        NULL,
        count(*)
    FROM waiting
    UNION ALL
    SELECT
        'oldest_waiting_seconds',
        NULL,
        coalesce(greatest(0, extract(EPOCH FROM :at - min(staged_at))), 0)
    FROM waiting
    UNION ALL
    SELECT
        'mart_lag_seconds',
        NULL,
        coalesce(greatest(0, extract(EPOCH FROM :at - min(since))), 0)
    FROM mart.days_behind
    UNION ALL
    SELECT
        'feed_silence_seconds',
        NULL,
        greatest(0, extract(EPOCH FROM :at - last_at))
    FROM drains
    WHERE last_at IS NOT NULL
    UNION ALL
    SELECT
        'upload_lag_seconds',
        feed,
        greatest(0, extract(EPOCH FROM :at - newest_uploaded_at))
    FROM staging.feed_cursors
    WHERE newest_uploaded_at IS NOT NULL
    UNION ALL
    SELECT
        'kill_lag_seconds',
        NULL,
        greatest(0, extract(EPOCH FROM :at - max(kill_time)))
    FROM core.kills_fact
    HAVING max(kill_time) IS NOT NULL
    UNION ALL
    SELECT
        'coverage_ratio',
        NULL,
        avg(share)
    FROM covered
    UNION ALL
    SELECT
        'coverage_missing_killmails',
        NULL,
        sum(missing)
    FROM covered
    UNION ALL
    SELECT
        'blocked_batches',
        NULL,
        count(*)
    FROM staging.batches
    WHERE state = 'blocked'
    UNION ALL
    SELECT
        'quarantined_killmails',
        NULL,
        count(*)
    FROM quality.quarantine
    WHERE resolved_at IS NULL
    UNION ALL
    SELECT
        'budget_left_tokens',
        service,
        tokens_left
    FROM budgets
    UNION ALL
    SELECT
        'budget_left_ratio',
        service,
        tokens_left::double precision / tokens
    FROM budgets
    UNION ALL
    SELECT
        'pause_left_seconds',
        service,
        ops.seconds_left(until, :longest_pause, :at)
    FROM ops.pauses
    WHERE ops.seconds_left(until, :longest_pause, :at) > 0
    UNION ALL
    SELECT
        'database_bytes',
        NULL,
        pg_database_size(current_database())
    UNION ALL
    (
        SELECT
            'database_growth_bytes',
            'day',
            pg_database_size(current_database()) - value
        FROM ops.run_metrics
        WHERE
            stage = 'gauge' AND metric = 'database_bytes'
            AND at BETWEEN cast(:at AS timestamptz) - '30 hours'::interval AND cast(:at AS timestamptz) - '1 day'::interval
        ORDER BY at DESC
        LIMIT 1
    )
)

SELECT
    metric,
    label,
    value::double precision AS value
FROM gauges
WHERE value IS NOT NULL
