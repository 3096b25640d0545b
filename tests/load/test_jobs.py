"""A range of days by several processes: the same rows as by one, whatever happens to one of them, and nothing left."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from killmart.config.connections import Connection
from killmart.errors import GateBlocked
from killmart.load.backfill import backfill
from killmart.runtime import Runtime
from killmart_demo.app import Running
from support.blocking import block
from support.commands import environment
from support.day_loading import DAY, complete, coverage, ids_of, in_core, on, past_gate, serving
from support.making import MakeRuntime
from support.pipeline import give_verdict, row_versions, rows

DAYS = 7
FIRST = DAY - timedelta(days=DAYS - 1)
WEEK = [FIRST + timedelta(days=number) for number in range(DAYS)]
HALF = 3
"""Days of the first of the two chunks that two jobs make of seven days."""


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    past_gate(monkeypatch)


def load(runtime: Runtime, jobs: int = 2, source: str = "everef", **options: Any) -> Any:
    return backfill(runtime, FIRST, DAY, source, "missing", jobs, **options)


def a_week(*damage: str, **options: Any) -> Any:
    return serving(*damage, first_day=FIRST, **options)


def in_its_batches(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(runtime, "SELECT state, cardinality(days) FROM staging.batches ORDER BY days")


def test_two_jobs_are_two_batches_and_a_second_run_asks_little_and_writes_nothing(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_week() as simulator:
        runtime = on(simulator, make_runtime)
        report = load(runtime)
        assert (report.is_complete, report.inserted) == (True, len(ids_of(simulator, *WEEK)))
        assert [day.day for day in report.days] == WEEK
        assert in_its_batches(runtime) == [("promoted", HALF), ("promoted", DAYS - HALF)]
        for day in WEEK:
            assert (coverage(runtime, day) or ())[:4] == complete(len(ids_of(simulator, day)))

        monkeypatch.setattr("killmart.load.days.import_ahead", lambda: pytest.fail("nothing is to be judged"))
        written = row_versions(runtime)
        again = load(runtime, source="auto")
        assert (again.is_complete, again.inserted, {day.source for day in again.days}) == (True, 0, {"none"})
        assert row_versions(runtime) == written
        assert len(in_its_batches(runtime)) == 2
        assert rows(runtime, "SELECT tablename FROM pg_tables WHERE schemaname = 'candidate'") == []


def test_a_bad_day_a_blocked_batch_and_their_neighbours(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(runtime: Runtime, batch_id: int) -> None:
        [(days,)] = rows(runtime, "SELECT days FROM staging.batches WHERE batch_id = :id", id=batch_id)
        if DAY in days:
            block(runtime, batch_id)
            raise GateBlocked(f"Batch {batch_id} is blocked.")
        give_verdict(runtime, batch_id)

    monkeypatch.setattr("killmart.load.batch.validate", judge)
    with a_week("archive_truncated", of=WEEK[1]) as simulator:
        runtime = on(simulator, make_runtime)
        report = load(runtime)
        assert len(report.blocked) == 1
        assert [day.day for day in report.days if day.failure] == [WEEK[1]]
        assert in_core(runtime) == ids_of(simulator, WEEK[0], WEEK[2])
        assert [len(day.missing) for day in report.days] == [
            0 if day in (WEEK[0], WEEK[2]) else len(ids_of(simulator, day)) for day in WEEK
        ]


def test_a_process_that_is_killed_fails_its_chunk_alone_and_the_next_run_does_the_rest(
    make_runtime: MakeRuntime,
) -> None:
    killed: list[int] = []

    def kill_one(_done: int, _left: int) -> None:
        if not killed and (at_work := multiprocessing.active_children()):
            killed.append(at_work[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    with a_week() as simulator:
        runtime = on(simulator, make_runtime)
        report = load(runtime, progress=kill_one)
        failed = [day for day in report.days if day.failure]
        assert len(failed) in (HALF, DAYS - HALF)
        assert "was ended by SIGKILL" in (failed[0].failure or "")
        left = {day.day for day in failed}
        assert in_core(runtime) == ids_of(simulator, *(day for day in WEEK if day not in left))
        assert [state for state, _ in in_its_batches(runtime)] == ["promoted"]

        again = load(runtime)
        assert (again.is_complete, again.inserted) == (True, len(ids_of(simulator, *left)))
        assert multiprocessing.active_children() == []


def running_in(home: Path) -> list[psutil.Process]:
    """Processes that have this home in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("KILLMART_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def heed_interrupts() -> None:
    """As at a terminal: a process that a shell has put in the background ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupt_terminal(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of the group


@pytest.mark.parametrize(
    "stop",
    [interrupt_terminal, subprocess.Popen.terminate, subprocess.Popen.kill],
    ids=["Ctrl-C", "SIGTERM", "SIGKILL"],
)
def test_stopped_by_hand_it_leaves_nothing_running_and_the_next_run_does_the_rest(
    make_runtime: MakeRuntime, warehouse: Connection, tmp_path: Path, stop: Callable[[subprocess.Popen[str]], None]
) -> None:
    with a_week(day_kills=400) as simulator:
        runtime = on(simulator, make_runtime)
        home = tmp_path / "jobs"
        environ = environment(warehouse, home) | upstreams(simulator)
        command = [sys.executable, "-m", "killmart", "backfill", str(FIRST), str(DAY), "--source", "everef"]
        process = subprocess.Popen(
            [*command, "--jobs", "2"],
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heed_interrupts,
        )
        assert process.stderr is not None
        said = ""
        while " days read, " not in said:
            said = process.stderr.readline()
            assert said, "it ended before it had read a day"
        stop(process)
        rest = process.communicate()[1]
        assert process.returncode != 0
        assert "Traceback" not in rest, rest
        if stop is interrupt_terminal:
            assert "What is committed stays; the same command does what is left." in rest
        _, alive = psutil.wait_procs(running_in(home), timeout=60)
        assert alive == []
        assert in_core(runtime) == set()

        done = load(on(simulator, make_runtime, home=str(home), owner="command line"))
        assert (done.is_complete, done.inserted) == (True, len(ids_of(simulator, *WEEK)))
        assert {state for state, _ in in_its_batches(runtime)} <= {"promoted", "abandoned"}
        assert rows(runtime, "SELECT tablename FROM pg_tables WHERE schemaname = 'candidate'") == []


def upstreams(simulator: Running) -> dict[str, str]:
    """Variables of a command whose upstreams are the simulator, in a hurry."""
    return {
        "AIRFLOW_CONN_R2Z2": f"{simulator.url}/r2z2",
        "AIRFLOW_CONN_EVEREF": f"{simulator.url}/everef",
        "AIRFLOW_CONN_ESI": f"{simulator.url}/esi",
        "KILLMART_R2Z2_RATE": "1000",
        "KILLMART_EVEREF_RATE": "1000",
    }


IMPORTS = "import killmart.load.days, killmart.db.metrics as metrics; print(metrics.peak_memory_bytes())"
MEGABYTE = 1e6


def test_the_memory_of_a_job_has_a_bound_whatever_the_number_of_days_and_the_gate_is_not_in_it(
    make_runtime: MakeRuntime, warehouse: Connection, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", IMPORTS]
    alone = subprocess.run(command, env=environment(warehouse, tmp_path), capture_output=True, text=True, check=True)
    first = FIRST - timedelta(days=32)
    with serving(day_kills=300, first_day=first) as simulator:
        runtime = on(simulator, make_runtime)
        peaks = []
        for from_day, to_day in ((FIRST, DAY), (first, FIRST - timedelta(days=1))):
            assert backfill(runtime, from_day, to_day, "everef", "missing", 2).is_complete
            peaks.append(
                rows(
                    runtime,
                    "SELECT max(metrics.value), max(cardinality(batches.days)) FROM ops.run_metrics AS metrics"
                    " INNER JOIN staging.batches AS batches USING (batch_id)"
                    " WHERE metrics.stage = 'transform' AND metrics.metric = 'memory_bytes'",
                )[0]
            )
    (few, few_days), (many, many_days) = peaks
    assert (few_days, many_days) == (4, 8)
    assert many - float(alone.stdout) < 60 * MEGABYTE
    assert many - few < 10 * MEGABYTE
