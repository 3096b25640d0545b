"""What is sampled: each gauge against rows that are known, and no gauge where nothing can be said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from killmart.db.budget import TokenBudget, pause_service
from killmart.db.metrics import peak_memory_bytes, read_gauges, record_metrics
from killmart.db.sql import sql
from killmart.db.staging import move_cursor
from killmart.model.budget import RateLimit, Reservation
from killmart.runtime import Runtime
from support.databases import maintain
from support.pipeline import kill, load_past_gate, ref, rows, run, stage
from support.plans import nodes


def now() -> datetime:
    """To the second; not once for the whole file, whose tests may come late in a long run."""
    return datetime.now(UTC).replace(microsecond=0)


def sampled(runtime: Runtime, at: datetime | None = None) -> dict[tuple[str, str | None], float]:
    """Gauges by name and label."""
    with runtime.engine.connect() as connection:
        return {(one.metric, one.label): one.value for one in read_gauges(connection, at or datetime.now(UTC))}


def test_nothing_is_said_of_what_is_not_known(runtime: Runtime) -> None:
    unknown = {"feed_silence_seconds", "kill_lag_seconds", "coverage_ratio", "budget_left_ratio", "pause_left_seconds"}
    assert not unknown & {metric for metric, _ in sampled(runtime)}


def test_staging_and_lag(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1, killmail_time=f"{now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"))])
    load_past_gate(runtime)
    stage(runtime, [ref(kill(2)), ref(kill(3)), ref(kill(4), body=None), ref(kill(5), body=None)])
    run(runtime, "UPDATE staging.killmails SET staged_at = now() - interval '1 hour' WHERE killmail_id = 4")
    run(runtime, "UPDATE staging.killmails SET state = 'gone' WHERE killmail_id = 5")
    found = sampled(runtime)
    states = {label: value for (metric, label), value in found.items() if metric == "staging_killmails"}
    assert states == {"pending": 1, "fetched": 2, "gone": 1, "blocked": 0}
    assert found["waiting_killmails", None] == 3
    assert found["oldest_waiting_seconds", None] == pytest.approx(3600, abs=60)
    assert found["kill_lag_seconds", None] == pytest.approx(7200, abs=60)


def test_the_mart_lags_by_the_day_that_waits_longest(runtime: Runtime) -> None:
    assert sampled(runtime)["mart_lag_seconds", None] == 0
    stage(runtime, [ref(kill(1)), ref(kill(2, killmail_time="2021-12-03T12:00:00Z"))])
    load_past_gate(runtime)
    run(runtime, "UPDATE mart.touched_days SET touched_at = now() - interval '2 hours' WHERE day = '2021-12-03'")
    assert sampled(runtime)["mart_lag_seconds", None] == pytest.approx(7200, abs=60)


def test_the_feed_is_silent_since_it_named_a_killmail(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        record_metrics(connection, "drain", {"refs": 0})
    run(runtime, "UPDATE ops.run_metrics SET at = now() - interval '3 hours'")
    assert sampled(runtime)["feed_silence_seconds", None] == pytest.approx(3 * 3600, abs=60)  # since it is drained
    with runtime.engine.begin() as connection:
        record_metrics(connection, "drain", {"refs": 4})
    run(runtime, "UPDATE ops.run_metrics SET at = at - interval '1 hour'")
    with runtime.engine.begin() as connection:
        record_metrics(connection, "drain", {"refs": 0})
    assert sampled(runtime)["feed_silence_seconds", None] == pytest.approx(3600, abs=60)


def test_the_lag_behind_what_the_feed_published(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        move_cursor(connection, "redisq", "1")
        move_cursor(connection, "r2z2", "1", uploaded_at=int(now().timestamp()) - 600)
        move_cursor(connection, "r2z2", "2", uploaded_at=int(now().timestamp()) - 900)  # an old kill rode again
        move_cursor(connection, "r2z2", "3")
    found = {label: value for (metric, label), value in sampled(runtime).items() if metric == "upload_lag_seconds"}
    assert found == {"r2z2": pytest.approx(600, abs=60)}


def test_budget_and_pauses(runtime: Runtime) -> None:
    budget = TokenBudget(runtime.engine)
    reservation = budget.reserve("esi")
    assert isinstance(reservation, Reservation)
    budget.settle(reservation, 2, RateLimit(3600, 900.0, 3400))
    with runtime.engine.begin() as connection:
        pause_service(connection, "r2z2", 600, "403")
    found = sampled(runtime)
    assert (found["budget_left_tokens", "esi"], found["budget_left_ratio", "esi"]) == (3400, 3400 / 3600)
    assert found["pause_left_seconds", "r2z2"] == pytest.approx(600, abs=60)
    later = sampled(runtime, datetime.now(UTC) + timedelta(hours=1))
    assert later["budget_left_ratio", "esi"] == 1
    assert ("pause_left_seconds", "r2z2") not in later


def compared(runtime: Runtime, days_ago: int, expected: int, missing: int) -> None:
    run(
        runtime,
        """INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)
        VALUES (:day, :expected, :expected - :missing, 0, array(SELECT generate_series(1, :missing)), '{}', now())""",
        day=now().date() - timedelta(days=days_ago),
        expected=expected,
        missing=missing,
    )


@pytest.mark.parametrize(
    ("days", "ratio"),
    [
        ({9: (100, 0)}, 0),  # comparing began, then stopped: 6 days were not compared, yesterday may still be
        ({2: (100, 0)}, 1),
        ({2: (100, 0), 31: (100, 0), 5000: (100, 0)}, 1),  # a backfill of long ago is not where comparing began
        ({2: (100, 0), 1: (100, 1)}, 0.995),
        ({3: (100, 0), 1: (100, 0)}, 2 / 3),  # the day between was left out
        ({2: (0, 0)}, 1),
        ({8: (100, 50), 7: (100, 0), 6: (100, 0), 5: (1, 0), 4: (1, 0), 3: (1, 0), 2: (1, 0), 1: (1, 0)}, 1),
    ],
)
def test_coverage(runtime: Runtime, days: dict[int, tuple[int, int]], ratio: float) -> None:
    for ago, (expected, missing) in days.items():
        compared(runtime, ago, expected, missing)
    assert sampled(runtime)["coverage_ratio", None] == pytest.approx(ratio)


def test_a_full_staging_is_not_read_whole(runtime: Runtime) -> None:
    run(
        runtime,
        """INSERT INTO staging.killmails (killmail_id, killmail_hash, feed, body, state, promoted_at)
        SELECT
            n, md5(n::text), 'r2z2', repeat('x', 500)::bytea,
            CASE
                WHEN n % 1000 = 0 THEN 'gone' WHEN n % 1000 = 1 THEN 'pending' WHEN n % 1000 = 2 THEN 'fetched'
                ELSE 'promoted'
            END, now()
        FROM generate_series(1, 50000) AS n""",
    )
    maintain(runtime.engine, "VACUUM (ANALYZE) staging.killmails")
    with runtime.engine.connect() as connection:
        explain = text("EXPLAIN (FORMAT JSON) " + str(sql("ops/select_gauges")))
        plan = connection.execute(explain, {"at": datetime.now(UTC), "longest_pause": 3600}).scalar_one()
    reads = [(node["Node Type"], node["Relation Name"]) for node in nodes(plan) if "Relation Name" in node]
    assert sum(table == "killmails" for _, table in reads) == 4  # one per state
    assert ("Seq Scan", "killmails") not in reads
    assert sampled(runtime)["staging_killmails", "gone"] == 50


def test_growth_is_told_from_the_sample_of_a_day_ago(runtime: Runtime) -> None:
    run(
        runtime,
        "INSERT INTO ops.run_metrics (at, stage, metric, value)"
        " VALUES (now() - interval '25 hours', 'gauge', 'database_bytes', 1000)",
    )
    found = sampled(runtime)
    assert found["database_growth_bytes", "day"] == found["database_bytes", None] - 1000


def test_every_record_tells_its_memory_and_counts_itself(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        record_metrics(connection, "x", {"seconds": 1.5}, dag_id="d", run_id="r", batch_id=None)
    found = rows(runtime, "SELECT dag_id, run_id, batch_id, stage, metric, value FROM ops.run_metrics ORDER BY metric")
    assert [row[:5] for row in found] == [("d", "r", None, "x", one) for one in ("memory_bytes", "runs", "seconds")]
    assert 10_000_000 < found[0][5] <= peak_memory_bytes()
    assert [row[5] for row in found[1:]] == [1, 1.5]
