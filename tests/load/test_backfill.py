"""Ranges of days: chunks, what they cost, late kills, memory; and the command line over them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from killmart.cli.main import app
from killmart.config.connections import Connection
from killmart.errors import ConfigurationError, GateBlocked, KillmartError
from killmart.load import backfill as stage
from killmart.load.backfill import (
    CHUNK_DAYS,
    LEAST_DAYS,
    STRETCH_KILLS,
    chunks,
    days_between,
    estimate,
    repair_late_days,
    stretches,
)
from killmart.load.course import USUAL_KILLS
from killmart.load.day_plan import FIRST_DAY
from killmart.load.day_report import as_counts, by_source
from killmart.load.days import BuiltChunk, build_chunk, load_days
from killmart.load.quarantine import discard, open_ids, retry
from killmart.load.review import batches_in, reject_batch
from killmart.runtime import Runtime
from killmart.watch.status import coverage_status
from killmart_demo.app import Running
from support.blocking import block
from support.commands import environment
from support.day_loading import DAY, DAY_BEFORE, complete, coverage, ids_of, in_core, on, past_gate, serving, small
from support.making import MakeRuntime
from support.pipeline import row_versions, rows, run

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
FIRST = DAY - timedelta(days=2)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    past_gate(monkeypatch)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_chunks_hold_every_day_once_and_give_each_job_something_to_do(jobs: int) -> None:
    for count in range(1, 130):
        days = days_between(FIRST_DAY, FIRST_DAY + timedelta(days=count - 1))
        parts = chunks(days, jobs)
        assert [day for part in parts for day in part] == days
        assert 1 <= min(map(len, parts)) <= max(map(len, parts)) <= min(map(len, parts)) + 1 <= CHUNK_DAYS + 1
        assert max(map(len, parts)) <= CHUNK_DAYS
        if count >= jobs * LEAST_DAYS:
            assert len(parts) % jobs == 0
            assert min(map(len, parts)) >= LEAST_DAYS
            if jobs > 1 and count >= 2 * jobs * LEAST_DAYS:
                assert len(parts) >= 2 * jobs, "nothing is built while the first are judged"
        else:
            assert len(parts) == 1


def test_stretches_hold_every_day_once_and_are_bounded_by_killmails() -> None:
    days = days_between(FIRST_DAY, YESTERDAY)
    totals = {day: 2_000 + 9 * number for number, day in enumerate(days)}  # EVE grew
    found = stretches(days, totals)
    assert [day for stretch in found for day in stretch] == days
    kills = [sum(totals[day] for day in stretch) for stretch in found]
    assert max(kills) <= STRETCH_KILLS + max(totals.values())
    assert min(kills) > STRETCH_KILLS * 0.9
    assert len(found[0]) > 2 * len(found[-1])
    assert len(stretches(days, {})) == math.ceil(len(days) * USUAL_KILLS / STRETCH_KILLS)

    few, more = days[:CHUNK_DAYS], days[: CHUNK_DAYS + 1]
    assert stretches(few, totals, at_once=2) == [few]
    assert [len(stretch) for stretch in stretches(more, {}, at_once=2)] == [11, 10]
    assert stretches(more, {}) == [more]
    assert stretches([DAY_BEFORE, DAY], totals, "esi") == [[DAY_BEFORE], [DAY]]
    assert len(stretches(days, totals, "esi")) <= 1000


@pytest.mark.parametrize(
    ("first", "last", "source", "mode", "told"),
    [
        (DAY, DAY_BEFORE, "auto", "missing", "is before the first day"),
        (DAY, TODAY, "auto", "missing", "is not over yet"),
        (FIRST_DAY - timedelta(days=1), DAY, "auto", "missing", "is before 2007-12-05"),
        (DAY, DAY, "ftp", "missing", "The source 'ftp' is none of auto, everef, history, esi"),
        (DAY, DAY, "auto", "all", "The mode 'all' is none of missing, reload"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_a_sentence(
    runtime: Runtime, first: date, last: date, source: str, mode: str, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        stage.backfill(runtime, first, last, source, mode)
    with pytest.raises(ConfigurationError, match=told):
        estimate(runtime, first, last, source, mode)


@pytest.mark.parametrize("source", ["auto", "everef", "history", "esi"])
def test_a_dry_run_says_what_the_upstreams_then_count(make_runtime: MakeRuntime, source: str) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator, DAY_BEFORE, DAY)
        guess = estimate(runtime, DAY_BEFORE, DAY, source, "missing")
        assert (guess.days, guess.killmails, guess.here, guess.days_unknown) == (2, len(everything), 0, 0)
        before = requests(simulator)
        report = stage.backfill(runtime, DAY_BEFORE, DAY, source, "missing")
        assert (report.is_complete, report.inserted) == (True, len(everything))
        assert {name: count - before[name] for name, count in requests(simulator).items()} == guess.requests
        assert in_core(runtime) == everything

        guess = estimate(runtime, DAY_BEFORE, DAY, "auto", "missing")
        assert (guess.here, guess.requests) == (len(everything), {"history": 3, "everef": 1, "esi": 0})
        before, written = requests(simulator), row_versions(runtime)
        assert stage.backfill(runtime, DAY_BEFORE, DAY, "auto", "missing").is_complete
        assert {name: count - before[name] for name, count in requests(simulator).items()} == guess.requests
        assert row_versions(runtime) == written


def requests(simulator: Running) -> dict[str, int]:
    """Requests that each upstream has counted."""
    found = {"history": 0, "everef": 0, "esi": 0}
    for (service, _, _), count in simulator.state.counts.items():
        found[{"r2z2": "history"}.get(service, service)] += count
    return found


def test_days_that_have_grown_or_miss_killmails_are_loaded_again_and_known_differences_are_not(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving("archive_short", of=FIRST, late=0.1) as simulator:
        runtime = on(simulator, make_runtime)
        stage.backfill(runtime, FIRST, FIRST, "everef", "missing")
        stage.backfill(runtime, DAY, YESTERDAY, "auto", "missing")  # DAY_BEFORE is a hole between two days
        late = simulator.state.days.status()["late"]
        assert late[str(DAY)]
        assert coverage(runtime, DAY_BEFORE) is None
        missing = (coverage(runtime, FIRST) or ())[3]
        assert missing

        monkeypatch.setattr(stage, "KNOWN_DIFFERENCES", {YESTERDAY: len(late[str(YESTERDAY)])})
        simulator.state.days.change(small(late=0.1, late_is_there=True))
        report = repair_late_days(runtime, TODAY)
        assert [day.day for day in report.days] == [FIRST, DAY_BEFORE, DAY]
        assert report.is_complete
        for day in (FIRST, DAY_BEFORE, DAY):
            assert (coverage(runtime, day) or ())[:4] == complete(len(ids_of(simulator, day)))
        assert not in_core(runtime) & set(late[str(YESTERDAY)])
        assert repair_late_days(runtime, TODAY).days == []


def test_a_day_that_waits_for_a_person_is_not_loaded_again(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        stage.backfill(runtime, DAY_BEFORE, DAY_BEFORE, "auto", "missing")
        with monkeypatch.context() as patch:
            patch.setattr("killmart.load.batch.validate", block_in_the_gate)
            report = load_days(runtime, [DAY])
            assert report.blocked
            assert (coverage(runtime) or ())[3] == everything
            assert repair_late_days(runtime, TODAY).days == []
        [batch] = batches_in(runtime)
        reject_batch(runtime, batch.batch_id, "Ann", "no", quarantine=True)
        assert repair_late_days(runtime, TODAY).days == []
        [ids] = open_ids(runtime, batch_id=batch.batch_id)
        discard(runtime, ids[1:], "Ann", "nonsense")
        assert repair_late_days(runtime, TODAY).days == []
        retry(runtime, ids[:1], "Ann")  # one is neither here nor there
        assert [day.day for day in repair_late_days(runtime, TODAY).days] == [DAY]


def block_in_the_gate(runtime: Runtime, batch_id: int) -> None:
    block(runtime, batch_id)
    raise GateBlocked(f"Batch {batch_id} is blocked.")


def test_a_chunk_that_fails_stops_no_other_and_a_second_run_does_only_what_is_left(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_once(*arguments: Any) -> BuiltChunk:
        if DAY_BEFORE in arguments[-2]:
            raise KillmartError("The database is away.")
        return build_chunk(*arguments)

    monkeypatch.setattr(stage, "CHUNK_DAYS", 1)
    with serving("archive_truncated", of=FIRST) as simulator:
        runtime = on(simulator, make_runtime)
        with monkeypatch.context() as patch:
            patch.setattr("killmart.load.days.build_chunk", fail_once)
            report = stage.backfill(runtime, FIRST, DAY, "everef", "missing")
        assert [day.day for day in report.days if not day.is_complete] == [FIRST, DAY_BEFORE]
        assert f"{DAY_BEFORE}: The database is away." in as_counts(report)["failures"]
        assert in_core(runtime) == ids_of(simulator, DAY)

        before = set(row_versions(runtime))
        simulator.state.days.change(small())
        again = stage.backfill(runtime, FIRST, DAY, "auto", "missing")
        assert (again.is_complete, again.inserted) == (True, len(ids_of(simulator, FIRST, DAY_BEFORE)))
        kills = {version for version in before if version[0].startswith("kill")}
        assert kills <= set(row_versions(runtime))


def test_a_slice_of_the_older_days_is_compared_each_day_and_all_of_them_in_a_month(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[date] = []
    monkeypatch.setattr(stage, "totals_of", lambda _: {})
    runtime = make_runtime()
    oldest = TODAY - timedelta(days=400)
    run(
        runtime,
        "INSERT INTO quality.day_coverage SELECT day, 1, 1, 0, '{}', '{list}', now() "
        "FROM generate_series(cast(:oldest AS date), cast(:newest AS date), interval '1 day') AS day",
        oldest=oldest,
        newest=TODAY - timedelta(days=31),
    )
    from killmart.db.coverage import days_to_compare

    for later in range(30):
        with runtime.engine.connect() as connection:
            due = [row.day for row in days_to_compare(connection, TODAY + timedelta(days=later), 0, 30)]
        assert 12 <= len(due) <= 14
        asked += due
    assert sorted(asked) == [oldest + timedelta(days=n) for n in range(370)]
    assert repair_late_days(runtime, TODAY).days == []


def test_counts_are_what_the_tables_say(make_runtime: MakeRuntime) -> None:
    with serving("member_two_final_blows", "archive_short") as simulator:
        runtime = on(simulator, make_runtime)
        counts = as_counts(stage.backfill(runtime, DAY_BEFORE, DAY, "everef", "missing"))
        assert json.loads(json.dumps(counts)) == counts
        [(inserted,)] = rows(runtime, "SELECT count(*) FROM core.kills_fact")
        [(quarantined,)] = rows(runtime, "SELECT count(*) FROM quality.quarantine")
        assert (counts["days"], counts["inserted"], counts["quarantined"]) == (2, inserted, quarantined)
        assert len(counts["missing"][str(DAY)]) == counts["per_day"][1]["missing"]
        sums = by_source(counts["per_day"])["everef"]
        assert (sums["days"], sums["loaded"], sums["quarantined"]) == (2, inserted, quarantined)

        day = coverage_status(runtime, str(DAY))
        assert (day["expected"], day["days_compared"]) == (len(ids_of(simulator)), 1)
        assert day["days"][str(DAY)]["missing"] == counts["missing"][str(DAY)]
        assert coverage_status(runtime, "2008-02")["days_never_compared"] == 29
        with pytest.raises(ConfigurationError, match="neither a day"):
            coverage_status(runtime, "someday")


def test_memory_does_not_grow_with_the_number_of_days(make_runtime: MakeRuntime) -> None:
    with serving(day_kills=500, first_day=TODAY - timedelta(days=9)) as simulator:
        runtime = on(simulator, make_runtime)
        peaks = []
        for count in (1, 2, 4):  # the first is for what is imported on the way
            days = [TODAY - timedelta(days=2 * count - number) for number in range(count)]
            for day in days:
                simulator.state.days.archive(day)
                simulator.state.days.listing(day)
            tracemalloc.start()
            assert load_days(runtime, days, source="everef").is_complete
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[2] < peaks[1] * 1.5  # days kept in memory would double it; how far two overlap moves it by a third


def test_the_command_line_tells_complete_days_from_incomplete_ones_by_its_exit_code(
    warehouse: Connection, tmp_path: Path
) -> None:
    with serving("archive_truncated", "raw_missing") as simulator:
        environ = environment(warehouse, tmp_path) | {
            f"AIRFLOW_CONN_{name.upper()}": f"{simulator.url}/{name}" for name in ("r2z2", "everef", "esi")
        }

        def killmart(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "killmart", *arguments]
            return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

        done = killmart("backfill", str(DAY), str(DAY), "--source", "everef", "--json")
        counts = json.loads(done.stdout)
        assert (done.returncode, counts["inserted"]) == (1, 0)
        assert len(counts["missing"][str(DAY)]) == len(ids_of(simulator))
        assert f"{DAY}: EVE Ref's archive of {DAY}" in done.stderr
        assert "Traceback" not in done.stderr
        simulator.state.days.change(small())
        again = killmart("backfill", str(DAY_BEFORE), str(DAY))
        assert (again.returncode, "missing" in again.stdout) == (0, True)
        status = json.loads(killmart("status", f"{DAY:%Y-%m}", "--json").stdout)
        assert status["days"][str(DAY)]["missing"] == []
        assert status["days"][str(DAY)]["loaded"] == len(ids_of(simulator))
        refused = killmart("backfill", str(DAY), str(DAY_BEFORE))
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr == f"killmart: The last day {DAY_BEFORE} is before the first day {DAY}.\n"

        one = min(ids_of(simulator))
        for arguments, code, told in (
            (["backfill", str(DAY), str(DAY), "--dry-run"], 0, "killmails"),
            (["backfill", str(DAY), str(DAY)], 0, "inserted"),
            (["status", str(DAY)], 0, "missing"),
            (["backfill", "--ids", "1", "--json"], 1, "neither core nor staging knows its hash"),
            (["backfill"], 2, ""),
            (["backfill", str(DAY), str(DAY), "--ids", str(one)], 2, ""),
            (["backfill", "tomorrow", str(DAY)], 2, ""),
        ):
            result = CliRunner().invoke(app, arguments, env=environ)
            assert (result.exit_code, told in result.stdout) == (code, True), arguments
