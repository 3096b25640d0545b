"""Record: what it prunes of the gate's results, and what it leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from killmart.db import batches, validation
from killmart.load.live import record
from killmart.runtime import Runtime
from support.blocking import FAILED
from support.pipeline import build, kill, ref, rows, stage

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


def test_results_go_after_400_days_step_by_step_while_runs_and_sums_stay(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "FORGOTTEN", 6)
    stage(runtime, [ref(kill(1))])
    batch_id = build(runtime).batch_id
    for days_ago in (500, 450, 401, 399, 1):
        judged(runtime, batch_id, days_ago, 5)
    sums = [rows(runtime, query) for query in SUMS]
    left = []
    for _ in range(4):
        record(runtime, {}, {}, {})
        left.append([run_id for run_id, _ in rows(runtime, RESULTS)])
    assert left == [[3, 4, 5], [4, 5], [4, 5], [4, 5]]
    assert rows(runtime, "SELECT count(*) FROM quality.validation_runs") == [(5,)]
    assert [rows(runtime, query) for query in SUMS] == sums
    metric = "SELECT sum(value) FROM ops.run_metrics WHERE stage = 'record' AND metric = 'pruned_results'"
    assert rows(runtime, metric) == [(15.0,)]
