"""A warehouse as it is after a year: 10,000 validation runs of 30 results, 6,900 days of coverage, a quarantine."""

from __future__ import annotations

from killmart.runtime import Runtime
from support.databases import settle
from support.pipeline import run

RUNS = 10_000
EXPECTATIONS = 30
DAYS = 6_900
ENTRIES = 20_000
_STATEMENTS = (
    """INSERT INTO staging.batches
        (owner, state, dag_id, dag_run_id, source, built_at, finished_at,
        claimed, candidates, promoted, quarantined, known)
    SELECT
        'fill', CASE WHEN n % 500 = 0 THEN 'blocked' ELSE 'promoted' END, dag_id, 'scheduled__' || n || '+00:00',
        CASE WHEN n % 3 = 0 THEN 'everef' ELSE 'redisq' END, at, at, 200 + n % 90, 190 + n % 90,
        CASE WHEN n % 500 = 0 THEN 0 ELSE 185 + n % 90 END, n % 4, 10 - n % 4
    FROM (
        SELECT
            n, now() - (:runs - n) * interval '50 minutes' AS at,
            (ARRAY['killmails_live', 'killmails_daily', 'killmails_backfill', NULL])[1 + n % 4] AS dag_id
        FROM generate_series(1, :runs) AS n
    ) AS numbers""",
    """INSERT INTO quality.validation_runs
        (batch_id, dag_id, dag_run_id, started_at, seconds, outcome, claimed, promoted, quarantined, known, gone)
    SELECT
        batch_id, dag_id, dag_run_id, built_at, 2 + random() * 4,
        CASE WHEN state = 'blocked' THEN 'blocked' WHEN batch_id % 23 = 0 THEN 'warned' ELSE 'passed' END,
        claimed, promoted, quarantined, known, gone
    FROM staging.batches WHERE owner = 'fill' ORDER BY batch_id""",
    """INSERT INTO quality.validation_results
        (run_id, table_name, expectation, severity, success, observed,
        unexpected_count, unexpected_percent, examples, why)
    SELECT
        run_id, (ARRAY['kills_fact', 'kill_victims', 'kill_attackers', 'kill_characters', 'kill_items'])[1 + n % 5],
        'expectation_' || n, CASE WHEN n < 15 THEN 'critical' ELSE 'warning' END, success,
        CASE WHEN success THEN 'as expected' ELSE '3 unexpected rows' END, CASE WHEN success THEN 0 ELSE 3 END,
        CASE WHEN success THEN 0 ELSE 1.53 END,
        CASE WHEN success THEN '[]' ELSE '[{"killmail_id": 17, "attackers": 3, "attacker_count": 4}]' END::jsonb,
        'What number ' || n || ' says must hold, or the counts of a kill are wrong.'
    FROM (
        SELECT run_id, n, NOT (outcome = 'blocked' AND n = 3 OR outcome = 'warned' AND n IN (16, 17)) AS success
        FROM quality.validation_runs CROSS JOIN generate_series(1, :expectations) AS n
    ) AS results""",
    """INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)
    SELECT
        day, 9000, 9000 - lost - 3, 3, ARRAY(SELECT generate_series(1000001, 1000000 + lost)), ARRAY['history'], now()
    FROM (
        SELECT
            current_date - n AS day, CASE WHEN n % 97 = 0 THEN 1200 WHEN n % 11 = 0 THEN 30 ELSE 0 END AS lost
        FROM generate_series(1, :days) AS n
    ) AS days""",
    """INSERT INTO quality.quarantine
        (killmail_id, killmail_hash, reason, detail, body, feed, quarantined_at, resolved_at, resolution, resolved_by)
    SELECT
        90000000 + n, md5(n::text), (ARRAY['hash_mismatch', 'no_attackers', 'unreadable', 'future'])[1 + n % 4],
        'Killmail ' || 90000000 + n || ' breaks the rule.', '{"killmail_id": 1}'::bytea, 'redisq',
        now() - n * interval '20 minutes', CASE WHEN n % 3 > 0 THEN now() END,
        CASE WHEN n % 3 > 0 THEN 'retried' END, CASE WHEN n % 3 > 0 THEN 'admin' END
    FROM generate_series(1, :entries) AS n""",
    """INSERT INTO quality.actions (actor, action, batch_id, quarantine_id, note)
    SELECT 'admin', 'retry', NULL, quarantine_id, 'fixed' FROM quality.quarantine WHERE resolved_at IS NOT NULL""",
    """INSERT INTO staging.killmails (killmail_id, killmail_hash, feed, body, state)
    SELECT n, md5(n::text), 'redisq', '{}'::bytea, 'promoted' FROM generate_series(1, 20000) AS n""",
    """INSERT INTO core.kills_fact
        (killmail_id, killmail_hash, kill_time, system_id, items, attacker_count, item_count, source, zkb_total_value)
    SELECT n, md5(n::text), now() - n * interval '1 minute', 30000142, '[]', 2, 3, 'redisq', n::bigint * 1000000
    FROM generate_series(1, 20000) AS n""",
    """INSERT INTO core.kill_victims (killmail_id, character_id, corporation_id, ship_type_id, damage_taken)
    SELECT n, 95000000 + n, 98000000, 587, 100 FROM generate_series(1, 20000) AS n""",
    """INSERT INTO core.kill_attackers
        (killmail_id, attacker_index, character_id, damage_done, final_blow, security_status)
    SELECT n, i, 96000000 + n, 50, i = 0, 0
    FROM generate_series(1, 20000) AS n CROSS JOIN generate_series(0, 1) AS i""",
    """INSERT INTO core.kill_items
        (killmail_id, item_index, type_id, flag, singleton, quantity_dropped, quantity_destroyed)
    SELECT n, i, 34, 5, 0, 1, 0 FROM generate_series(1, 20000) AS n CROSS JOIN generate_series(0, 2) AS i""",
    """INSERT INTO core.characters (eve_id, name, first_seen, last_seen)
    SELECT 95000000 + n, 'Pilot ' || n, now(), now() FROM generate_series(1, 20000) AS n""",
    """INSERT INTO quality.value_spread
    SELECT
        current_date - n, 9000, 8990, 100, 8890, 0.9, 0.95, 0.99, 1.01, 1.1, 8000, 8900, 8800, 8900, 8890, 8900, 10,
        false, now()
    FROM generate_series(1, :days) AS n""",
    """INSERT INTO reference.price_days
    SELECT current_date - n, source, now(), true, 11000, '{"zero": 3}', now()
    FROM generate_series(1, :days) AS n CROSS JOIN (VALUES ('everef'), ('esi')) AS sources (source)""",
    """INSERT INTO reference.types (type_id, name, group_id)
    SELECT n, 'Type ' || n, 1 FROM generate_series(1, 5000) AS n""",
)
_SIZES = {"runs": RUNS, "expectations": EXPECTATIONS, "days": DAYS, "entries": ENTRIES}


def fill(runtime: Runtime) -> None:
    """Fill an empty warehouse and let PostgreSQL look at it."""
    for statement in _STATEMENTS:
        run(runtime, statement, **{name: size for name, size in _SIZES.items() if f":{name}" in statement})
    settle(runtime.engine)
