"""Statistics of a pipeline: a month that looks alive, and a year that is large."""

from __future__ import annotations

from killmart.model.request_stats import LATENCY_BOUNDS
from killmart.runtime import Runtime
from support.databases import settle
from support.pipeline import run

ROUTES = 30
MINUTES = 365 * 1440
_FEW = f"ARRAY_FILL(0::bigint, ARRAY[{len(LATENCY_BOUNDS) + 1}])"
_YEAR = (
    # a row per minute, the routes in turn: what a span of days holds is a small part of it, as in a busy installation
    f"""INSERT INTO ops.request_stats
        (at, service, route, status, requests, cache_hits, seconds, latency_buckets, bytes)
    SELECT
        date_trunc('minute', now()) - n * interval '1 minute',
        (ARRAY['redisq', 'r2z2', 'esi', 'everef', 'sde'])[1 + n % 5], '/route/' || n % :routes,
        CASE WHEN n % 40 = 0 THEN 503 ELSE 200 END, 2, 1, 0.2, {_FEW}, 1000
    FROM generate_series(1, :minutes) AS n""",
    """INSERT INTO ops.run_metrics (at, stage, metric, label, value)
    SELECT now() - n * interval '5 minutes', kinds.*, n % 100
    FROM generate_series(1, 105000, 2) AS n CROSS JOIN (VALUES
        ('drain', 'refs', NULL), ('promote', 'inserted_killmails', NULL), ('gauge', 'kill_lag_seconds', NULL),
        ('gauge', 'staging_killmails', 'pending'), ('gauge', 'waiting_killmails', NULL),
        ('gauge', 'disk_free_ratio', NULL)
    ) AS kinds""",
    """INSERT INTO ops.token_limits (service, tokens, window_seconds) VALUES ('esi', 3600, 900)""",
    """INSERT INTO ops.token_ledger (service, spent_at, tokens)
    SELECT service, now() - n * interval '1.8 seconds', 2
    FROM generate_series(1, 5000) AS n CROSS JOIN (VALUES ('esi'), ('another')) AS services (service)""",
    """INSERT INTO ops.alerts (rule, severity, opened_at, updated_at, resolved_at, message, value, threshold)
    SELECT 'error_rate', 'critical', at, at, at + interval '1 hour', 'Requests failed.', 0.2, 0.1
    FROM (SELECT now() - n * interval '4 hours' AS at FROM generate_series(2, 2000) AS n) AS times""",
    """INSERT INTO ops.notifications (created_at, target, severity, subject, body, state)
    SELECT now() - n * interval '4 hours', '1 (json)', 'critical', 'One', 'Two', 'sent'
    FROM generate_series(1, 2000) AS n""",
    """INSERT INTO staging.killmails
        (killmail_id, killmail_hash, feed, body, state, staged_at, promoted_at, promoted_batch_id)
    SELECT
        n, md5(n::text), 'redisq', '{}'::bytea, 'promoted', now() - n * interval '40 seconds' - interval '2 minutes',
        now() - n * interval '40 seconds', 10000 - n / 7
    FROM generate_series(1, 60000) AS n""",
    """INSERT INTO quality.actions (actor, action, batch_id, quarantine_id)
    SELECT 'admin', CASE WHEN n % 20 = 0 THEN 'release_batch' ELSE 'retry' END,
        CASE WHEN n % 20 = 0 THEN n END, CASE WHEN n % 20 > 0 THEN n END
    FROM generate_series(1, 10000) AS n""",
    """INSERT INTO core.kills_fact
        (killmail_id, killmail_hash, kill_time, system_id, items, attacker_count, item_count, source)
    SELECT n, md5(n::text), now() - n * interval '1 minute', 30000142, '[]', 2, 3, 'redisq'
    FROM generate_series(1, 20000) AS n""",
)
_TIDE = "(1.2 + sin(extract(EPOCH FROM at) / 86400 * 2 * pi() - 1.5))"
"""New Eden's day: quiet in the morning, busy in the evening."""
_LIVELY = (
    "SELECT setseed(0.42)",
    f"""INSERT INTO ops.request_stats
        (at, service, route, status, requests, cache_hits, seconds, latency_buckets, bytes)
    SELECT
        at, service, route, status, requests, (requests * hits * random())::bigint, requests * 0.1,
        ARRAY[requests * fast / 2, requests * fast / 2, requests * (1 - fast) * 0.5, requests * (1 - fast) * 0.25,
            requests * (1 - fast) * 0.2 * random(), requests * (1 - fast) * 0.1 * random(), requests * 0.02 * random(),
            requests * 0.008 * random(), 0, 0, 0]::bigint[], requests * 3200
    FROM (
        SELECT at, service, route, status, hits, fast, greatest(0,
        usual * {_TIDE} * (0.6 + 0.8 * random()))::bigint AS requests
        FROM generate_series(date_trunc('minute', now()) - interval '31 days', now(), '5 minutes') AS at
        CROSS JOIN (VALUES
            ('redisq', '/listen.php', 200, 34, 0.0, 0.3), ('redisq', '/object.php', 200, 31, 0.0, 0.75),
            ('esi', '/killmails/{{id}}/{{hash}}', 200, 160, 0.14, 0.45),
            ('esi', '/killmails/{{id}}/{{hash}}', 404, 1, 0, 0.6),
            ('esi', '/universe/names', 200, 4, 0.5, 0.2), ('esi', '/characters/affiliation', 200, 6, 0.1, 0.3)
        ) AS kinds (service, route, status, usual, hits, fast)
        UNION ALL
        SELECT at, 'esi', '/killmails/{{id}}/{{hash}}', 503, 0, 0.1, (30 * random())::bigint
        FROM generate_series(date_trunc('minute', now()) - interval '31 days', now(), '5 minutes') AS at
        WHERE extract(HOUR FROM at AT TIME ZONE 'UTC') = 11 OR at > now() - interval '25 minutes'
        UNION ALL
        SELECT at, 'esi', '/killmails/{{id}}/{{hash}}', 0, 0, 0, (4 * random())::bigint
        FROM generate_series(date_trunc('minute', now()) - interval '31 days', now(), '5 minutes') AS at
        WHERE extract(HOUR FROM at AT TIME ZONE 'UTC') = 11
        UNION ALL
        SELECT at, 'redisq', '/listen.php', 429, 0, 0.8, (3 * random())::bigint
        FROM generate_series(date_trunc('minute', now()) - interval '31 days', now(), '7 hours') AS at
        UNION ALL
        SELECT at, 'everef', '/killmails/{{year}}/{{file}}', 200, 0, 0.0, 3
        FROM generate_series(date_trunc('minute', now()) - interval '31 days', now(), '6 hours') AS at
    ) AS counted
    WHERE requests > 0
    ON CONFLICT DO NOTHING""",
    f"""INSERT INTO ops.run_metrics (at, dag_id, run_id, stage, metric, label, value)
    SELECT
        at, CASE WHEN stage = 'gauge' THEN NULL ELSE 'killmails_live' END, NULL, stage, metric, label,
        round((CASE WHEN is_fixed THEN usual ELSE usual * {_TIDE} * (0.7 + 0.6 * random()) END)::numeric,
            CASE WHEN metric LIKE '%seconds' THEN 3 ELSE 0 END)
    FROM generate_series(now() - interval '31 days', now() - interval '2 minutes', '5 minutes') AS at
    CROSS JOIN (VALUES
        ('drain', 'refs', NULL, 31, FALSE), ('drain', 'seconds', NULL, 9, FALSE), ('drain', 'runs', NULL, 1, TRUE),
        ('fetch', 'fetched_killmails', NULL, 29, FALSE), ('fetch', 'seconds', NULL, 4, FALSE),
        ('fetch', 'runs', NULL, 1, TRUE),
        ('transform', 'killmails', NULL, 30, FALSE), ('transform', 'seconds', NULL, 0.6, FALSE),
        ('transform', 'runs', NULL, 1, TRUE), ('validate', 'seconds', NULL, 0.9, FALSE),
        ('validate', 'runs', NULL, 1, TRUE),
        ('promote', 'inserted_killmails', NULL, 30, FALSE), ('promote', 'seconds', NULL, 0.3, FALSE),
        ('promote', 'runs', NULL, 1, TRUE), ('drain', 'memory_bytes', NULL, 142e6, TRUE),
        ('fetch', 'memory_bytes', NULL, 161e6, TRUE), ('transform', 'memory_bytes', NULL, 188e6, TRUE),
        ('validate', 'memory_bytes', NULL, 171e6, TRUE), ('promote', 'memory_bytes', NULL, 149e6, TRUE),
        ('gauge', 'kill_lag_seconds', NULL, 290, FALSE), ('gauge', 'feed_silence_seconds', NULL, 130, FALSE),
        ('gauge', 'oldest_waiting_seconds', NULL, 190, FALSE), ('gauge', 'waiting_killmails', NULL, 40, FALSE),
        ('gauge', 'staging_killmails', 'pending', 80, FALSE), ('gauge', 'staging_killmails', 'fetched', 9, FALSE),
        ('gauge', 'staging_killmails', 'gone', 12, TRUE), ('gauge', 'staging_killmails', 'blocked', 0, TRUE)
    ) AS kinds (stage, metric, label, usual, is_fixed)""",
    f"""INSERT INTO ops.run_metrics (at, stage, metric, label, value)
    SELECT at, 'gauge', 'budget_left_ratio', 'esi', greatest(0.02, 1 - 0.3 * {_TIDE} * (0.6 + 0.6 * random()))
    FROM generate_series(now() - interval '31 days', now(), '5 minutes') AS at
    UNION ALL
    SELECT at, 'gauge', 'database_bytes', NULL, 4.2e9 + 900 * extract(EPOCH FROM at - now() + interval '31 days')
    FROM generate_series(now() - interval '31 days', now(), '5 minutes') AS at""",
    """INSERT INTO ops.token_limits (service, tokens, window_seconds) VALUES ('esi', 3600, 900)""",
    """INSERT INTO ops.token_ledger (service, spent_at, tokens)
    SELECT 'esi', now() - n * interval '1.8 seconds', 2 FROM generate_series(1, 500) AS n""",
    """INSERT INTO ops.pauses (service, until, reason, set_at) VALUES
    ('redisq', now() + interval '40 minutes', '429: Too many requests, Retry-After 2400',
    now() - interval '20 seconds'),
    ('esi', now() - interval '3 hours', '503: The datasource tranquility is temporarily unavailable',
        now() - interval '3 hours 5 minutes')""",
    """INSERT INTO ops.alerts (rule, severity, opened_at, updated_at, resolved_at, notified_at, message, value,
    threshold)
    VALUES
    ('error_rate', 'critical', now() - interval '14 minutes', now(), NULL, now() - interval '14 minutes',
        '13.4% of 1,204 requests to esi failed in the last 15 min; more than 10.0% is too many.', 0.134, 0.1),
    ('rate_limit_hits', 'warning', now() - interval '9 minutes', now(), NULL, NULL,
        'redisq answered 3 times in the last 15 min that we ask too often (420, 429).', 3, 2),
    ('staging_backlog', 'warning', now() - interval '2 days', now(), now() - interval '46 hours',
        now() - interval '2 days', '6,120 killmails wait in staging; 5,000 is the limit.', 6120, 5000)""",
    """INSERT INTO ops.mutes (rule, until, reason) VALUES
    ('rate_limit_hits', now() + interval '20 hours', 'we moved the second bot to another address (admin)')""",
    """INSERT INTO ops.notifications (created_at, target, severity, subject, body, state, attempts, attempted_at, error)
    VALUES
    (now() - interval '2 days', '1 (json)', 'warning', 'Killmart: Too many wait (warning)', '', 'sent', 1, now(), NULL),
    (now() - interval '14 minutes', '1 (json)', 'critical', 'Killmart: Requests fail (critical)', '', 'sent', 1,
    now(), NULL),
    (now() - interval '14 minutes', '2 (mailto)', 'critical', 'Killmart: Requests fail (critical)', '', 'failed', 12,
    now(),
        'the mail server refused the password')""",
    """INSERT INTO staging.killmails (killmail_id, killmail_hash, feed, body, state, staged_at, promoted_at)
    SELECT
        n, md5(n::text), 'redisq', '{}'::bytea, CASE WHEN n < 28 THEN 'pending' ELSE 'promoted' END,
        now() - n * interval '9 seconds' - interval '3 minutes',
        CASE WHEN n >= 28 THEN now() - n * interval '9 seconds' END
    FROM generate_series(1, 2000) AS n""",
    """INSERT INTO core.kills_fact
        (killmail_id, killmail_hash, kill_time, system_id, items, attacker_count, item_count, source)
    SELECT n, md5(n::text), now() - n * interval '10 seconds', 30000142, '[]', 2, 3, 'redisq'
    FROM generate_series(30, 2000) AS n""",
)


def fill_month(runtime: Runtime) -> None:
    """Fill an empty warehouse with a month of a pipeline at work: tides, a daily downtime, alerts, a pause."""
    _fill(runtime, _LIVELY)


def fill_year(runtime: Runtime) -> None:
    """Fill an empty warehouse with a year of statistics, a row per minute, and let PostgreSQL look at it."""
    _fill(runtime, _YEAR)
    settle(runtime.engine)


def _fill(runtime: Runtime, statements: tuple[str, ...]) -> None:
    sizes = {"routes": ROUTES, "minutes": MINUTES}
    for statement in statements:
        run(runtime, statement, **{name: size for name, size in sizes.items() if f":{name}" in statement})
