-- Rolls gauges older than 7 days and counts older than 30 up to their hour (gauges and states: the mean, memory: the
-- peak, counts: the sum), and counts older than `days` to one row at 1970-01-01, so that sums never fall; gauges of
-- that age are dropped, and how far a backfill was after 30 days. Returns how many rows that was.
-- Grain: one row per hour, DAG, stage, metric and label. Parameters: at (now), days. Idempotent.
WITH bounds AS (
    SELECT
        date_trunc('hour', cast(:at AS timestamptz)) - '7 days'::interval AS gauges,
        date_trunc('hour', cast(:at AS timestamptz)) - '30 days'::interval AS counts,
        date_trunc('hour', cast(:at AS timestamptz)) - make_interval(secs => :days * 86400) AS oldest
),

outdated AS (
    SELECT count(*) > 0 AS any_here
    FROM ops.run_metrics AS metrics
    CROSS JOIN bounds
    WHERE metrics.at < bounds.oldest AND metrics.at > 'epoch'
),

gone AS (
    DELETE FROM ops.run_metrics AS metrics USING bounds, outdated
    WHERE
        (
            metrics.at < CASE WHEN metrics.stage = 'gauge' THEN bounds.gauges ELSE bounds.counts END
            AND metrics.at < bounds.gauges
            AND metrics.at != date_trunc('hour', metrics.at)
        )
        OR (metrics.at < bounds.oldest AND outdated.any_here)
    RETURNING
        CASE WHEN metrics.at < bounds.oldest THEN 'epoch' ELSE date_trunc('hour', metrics.at) END AS kept_at,
        metrics.dag_id,
        metrics.stage,
        metrics.metric,
        metrics.label,
        metrics.value
),

kept AS (
    INSERT INTO ops.run_metrics (at, dag_id, stage, metric, label, value)
    SELECT
        kept_at,
        dag_id,
        stage,
        metric,
        label,
        CASE
            WHEN metric = 'memory_bytes' THEN max(value)
            WHEN stage = 'gauge' OR metric IN ('waiting_killmails', 'is_dry') THEN avg(value)
            ELSE sum(value)
        END AS value
    FROM gone
    WHERE
        stage != 'progress'
        AND (kept_at > 'epoch' OR (stage != 'gauge' AND metric NOT IN ('memory_bytes', 'waiting_killmails', 'is_dry')))
    GROUP BY kept_at, dag_id, stage, metric, label
    ORDER BY kept_at
)

SELECT count(*) AS rolled_up FROM gone
