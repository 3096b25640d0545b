"""Our own tables: what is old goes step by step, runs and sums stay, and nothing that somebody waits for is touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from killmart.db import batches, staging, validation
from killmart.errors import KillmartError
from killmart.housekeeping import tables
from killmart.housekeeping.tables import prune_tables
from killmart.runtime import Runtime
from support.blocking import FAILED, blocked_batch
from support.making import MakeRuntime
from support.pipeline import build, kill, load_past_gate, ref, rows, run, stage, states

RESULTS = "SELECT run_id, count(*) FROM quality.validation_results GROUP BY 1 ORDER BY 1"
SUMS = (
    "SELECT sum(runs), sum(failures), sum(unexpected) FROM quality.expectation_days",
    "SELECT sum(runs), sum(claimed) FROM quality.validation_days",
)


def judged(runtime: Runtime, batch_id: int, days_ago: int, results: int) -> None:
    """A passage of the batch through the gate so many days ago."""
    with runtime.engine.begin() as connection:
        validation.record_validation(
            connection,
            batches.lock_batch(connection, batch_id),
            outcome="warned",
            started_at=datetime.now(UTC) - timedelta(days=days_ago),
            seconds=1.0,
            results=[FAILED | {"expectation": f"expectation_{number}"} for number in range(results)],
            dag_id=None,
            dag_run_id=None,
        )


def test_results_go_step_by_step_while_runs_and_sums_stay(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(validation, "FORGOTTEN", 6)
    stage(runtime, [ref(kill(1))])
    batch_id = build(runtime).batch_id
    for days_ago in (500, 450, 91, 89, 1):
        judged(runtime, batch_id, days_ago, 5)
    sums = [rows(runtime, query) for query in SUMS]
    assert prune_tables(runtime)["dropped_results"] == 15
    assert [run_id for run_id, _ in rows(runtime, RESULTS)] == [4, 5]
    assert "quality.validation_results: 10 old rows dropped so far" in caplog.text
    assert rows(runtime, "SELECT count(*) FROM quality.validation_runs") == [(5,)]
    assert [rows(runtime, query) for query in SUMS] == sums
    assert prune_tables(runtime)["dropped_results"] == 0
    metric = "SELECT sum(value) FROM ops.run_metrics WHERE stage = 'prune_tables' AND metric = 'dropped_results'"
    assert rows(runtime, metric) == [(15.0,)]


def test_staging_loses_old_promoted_rows_and_none_that_is_on_its_way(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "PRUNED", 2)
    runtime = make_runtime(staging_days=2.5)
    stage(runtime, [ref(kill(number)) for number in (1, 2, 3, 4, 5)])
    load_past_gate(runtime)
    blocked = blocked_batch(runtime, [ref(kill(7))])
    stage(runtime, [ref(kill(6))])
    run(runtime, "UPDATE staging.killmails SET staged_at = now() - interval '3 years'")
    run(runtime, "UPDATE staging.killmails SET promoted_at = now() - interval '3 days' WHERE killmail_id < 4")
    run(runtime, "UPDATE staging.killmails SET promoted_at = now() - interval '2 days' WHERE killmail_id IN (4, 5)")
    assert prune_tables(runtime)["pruned_killmails"] == 3
    assert states(runtime) == {4: "promoted", 5: "promoted", 6: "fetched", 7: "blocked"}
    assert rows(runtime, f"SELECT state FROM staging.batches WHERE batch_id = {blocked}") == [("blocked",)]
    assert prune_tables(runtime)["pruned_killmails"] == 0


def test_a_row_that_somebody_holds_is_left_to_the_next_run(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(number)) for number in (1, 2)])
    load_past_gate(runtime)
    run(runtime, "UPDATE staging.killmails SET promoted_at = now() - interval '31 days'")
    with runtime.engine.begin() as somebody:
        somebody.execute(text("SELECT 1 FROM staging.killmails WHERE killmail_id = 1 FOR UPDATE"))
        assert prune_tables(runtime)["pruned_killmails"] == 1
    assert states(runtime) == {1: "promoted"}


def test_resolved_alerts_and_messages_go_and_an_open_one_stays_however_old_it_is(runtime: Runtime) -> None:
    run(
        runtime,
        """INSERT INTO ops.alerts (rule, severity, opened_at, resolved_at, message) VALUES
        ('open', 'critical', now() - interval '900 days', NULL, 'm'),
        ('old', 'critical', now() - interval '900 days', now() - interval '401 days', 'm'),
        ('young', 'critical', now() - interval '900 days', now() - interval '399 days', 'm')""",
    )
    run(
        runtime,
        """INSERT INTO ops.notifications (created_at, target, severity, subject, body)
        SELECT now() - make_interval(days => days), 'log', 'info', 's', 'b' FROM unnest(ARRAY[1, 399, 401]) AS days""",
    )
    counts = prune_tables(runtime)
    assert (counts["dropped_alerts"], counts["dropped_messages"]) == (1, 1)
    assert rows(runtime, "SELECT rule FROM ops.alerts ORDER BY 1") == [("open",), ("young",)]
    assert rows(runtime, "SELECT count(*) FROM ops.notifications") == [(2,)]


def test_statistics_become_coarser_and_keep_their_sums(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime(statistics_days=40)
    run(
        runtime,
        """INSERT INTO ops.request_stats (at, service, route, status, requests)
        SELECT date_trunc('hour', now()) - make_interval(days => days, mins => minute), 'esi', '/', 200, 1
        FROM unnest(ARRAY[1, 10, 50]) AS days CROSS JOIN generate_series(1, 5) AS minute""",
    )
    counts = prune_tables(runtime)
    assert counts["rolled_up_requests"] == 10
    grain = "SELECT at = 'epoch', at = date_trunc('hour', at), requests FROM ops.request_stats ORDER BY at"
    assert rows(runtime, grain) == [(True, True, 5), (False, True, 5), *[(False, False, 1)] * 5]
    assert prune_tables(runtime)["rolled_up_requests"] == 0


def test_a_locked_table_is_told_in_a_sentence_and_the_others_are_done(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LOCK_SECONDS", 0.2)
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    run(runtime, "UPDATE staging.killmails SET promoted_at = now() - interval '31 days'")
    with runtime.engine.begin() as somebody:
        somebody.execute(text("LOCK TABLE ops.alerts IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(KillmartError) as told:
            prune_tables(runtime)
    assert str(told.value) == (
        "Old rows of ops.alerts and ops.notifications were not dropped: canceling statement due to lock timeout. "
        "They stay; the next run tries again."
    )
    assert states(runtime) == {}
