"""What the figures of the benchmarks rest on: the yardstick, the questions about an entity, live batches."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi.routing import APIRoute

from bench import at_size, dlt_beside, filled
from bench.benchmarks import BENCHMARKS, Benchmark, measure, wanted
from bench.bytes_per_kill import _bytes
from bench.clones import BOUNDARY, cloned_day, day_of
from bench.cloning import IDS_A_DAY
from bench.commands import family, run_command
from bench.figures import FIGURES, Bench, Measured, ratio
from bench.growth import KILLS_A_DAY, LEGS, Growing, ballast, cut, sized
from bench.loading import libpq_url, load, real_day
from bench.published import upstreams
from bench.yardstick import ABSENT, yardstick
from killmart.config.settings import PROJECT
from killmart.db.bare_ranges import MOST_THERE, WORTH_BUILDING
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart.web.api.app import API
from support import realdata
from support.asking import addresses
from support.pipeline import rows
from support.plans import fits
from support.serving import behind_the_door

KILLS = 300


@pytest.fixture
def loaded(runtime: Runtime) -> Runtime:
    """A runtime on a warehouse with some of a real day, the mart included."""
    load(runtime.engine, real_day(realdata.DAYS[0], KILLS))
    refresh_marts(runtime)
    return runtime


def test_a_ratio_is_told_pair_by_pair() -> None:
    pairs = [({"load": 1.0, "marts": 1.0}, 1.0), ({"load": 6.0, "marts": 2.0}, 2.0), ({"load": 2.0, "marts": 1.0}, 1.0)]
    found = ratio("day_to_readers_vs_copy", pairs, "copy", {"kills": 7})
    assert found.line() == {
        "figure": "day_to_readers_vs_copy",
        "value": 3.0,
        "low": 2.0,
        "high": 4.0,
        "rounds": 3,
        "goal": "<= 2.2",
        "met": False,
    }
    assert found.details == {"load_s": 2.0, "marts_s": 1.0, "copy_s": 1.0, "kills": 7}


@pytest.mark.parametrize(
    ("name", "values", "met"),
    [
        ("day_to_readers_vs_copy", [2.2], True),
        ("day_to_readers_vs_copy", [2.21], False),
        ("new_day_vs_dlt", [5], True),
        ("new_day_vs_dlt", [4.99], False),
        ("dag_imports_over_sdk", [1], None),
        ("new_day_vs_dlt", [], None),
    ],
)
def test_a_goal_is_met_by_the_median_that_is_shown(name: str, values: list[float], met: bool | None) -> None:
    assert Measured(name, values).line()["met"] is met


def test_a_benchmark_that_breaks_does_not_stop_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Bench) -> Iterator[Measured]:
        yield Measured("gate_vs_copy", [0.2])
        raise ValueError("no room")

    def works(_: Bench) -> Iterator[Measured]:
        yield Measured("dag_imports_over_sdk", [1.0])

    for name, run in (("gate", breaks), ("imports", works)):
        monkeypatch.setitem(BENCHMARKS, name, Benchmark(run, 1))
    found = list(measure(wanted(["dag_imports_over_sdk", "gate"]), cast("Bench", None)))
    assert [one.name for one in found] == ["gate_vs_copy", "gate_on_a_live_batch_s", "dag_imports_over_sdk"]
    assert [one.is_broken for one in found] == [False, True, False]
    assert found[1].skipped == "gate broke: ValueError: no room"


def test_every_figure_has_a_benchmark_and_the_other_way_round() -> None:
    assert {figure.benchmark for figure in FIGURES.values()} == set(BENCHMARKS) == set(wanted([]))
    assert sum(one.minutes for one in BENCHMARKS.values()) < 50


@pytest.mark.timeout(600)
def test_stdout_has_one_line_a_figure_and_the_file_more(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "imports", "--rounds", "1", "--to", str(tmp_path / "to" / "bench")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    [line] = map(json.loads, done.stdout.splitlines())
    assert (line["figure"], line["rounds"], line["goal"]) == ("dag_imports_over_sdk", 1, None)
    assert line["low"] == line["value"] == line["high"] > 0
    run, kept = map(json.loads, (tmp_path / "to" / "bench").read_text().splitlines())
    assert run["run"]["cores"] > 0
    assert kept == line | {"details": kept["details"], "skipped": ""}
    assert kept["details"].keys() == {"ours_s", "sdk_s"}


@realdata.needs_days
def test_cloned_days_have_ids_as_in_reality_and_the_boundary_begins_a_range() -> None:
    found = {number: [one for one, _, _ in cloned_day(number, 50)[1]] for number in range(BOUNDARY - 2, BOUNDARY + 1)}
    ids = [one for day in found.values() for one in day]
    assert ids == sorted(set(ids))
    assert [min(day) for day in found.values()] == [99_960_000, 99_980_000, 100_000_000]
    assert all(max(day) - min(day) < IDS_A_DAY for day in found.values())
    days = {
        number: {json.loads(body)["killmail_time"][:10] for _, _, body in cloned_day(number, 50)[1]} for number in found
    }
    assert days == {number: {str(day_of(number))} for number in found}


@realdata.needs_realdata
@pytest.mark.timeout(1200)
def test_cloned_days_are_published_once_and_a_leg_of_them_is_loaded_by_the_commands(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown = Growing(runtime)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KILLMART_HOME", str(tmp_path / "home"))
    warehouse = {"AIRFLOW_CONN_WAREHOUSE": libpq_url(runtime.engine)}
    with upstreams(range(6), 60) as environment:
        leg = grown.load(environment | warehouse, range(6))
        taken = run_command(environment | warehouse, "marts")
    assert taken.seconds > 0
    assert taken.peak_kb > 30_000 > taken.job_kb == 0
    assert (leg["days"], leg["kills"]) == (6, 360)
    assert 1 < leg["job_mb"] < 200  # six days are two chunks, so there are jobs
    assert leg["seconds"] == pytest.approx(leg["backfill_s"] + leg["marts_s"], abs=0.2)
    assert leg["bytes_per_kill"] > 4000
    assert leg["wal_per_kill"] > 1000
    counted = "SELECT (kill_time AT TIME ZONE 'UTC')::date, count(*) FROM core.kills_fact GROUP BY 1 ORDER BY 1"
    assert rows(runtime, counted) == [(day_of(number), 60) for number in range(6)]
    assert rows(runtime, "SELECT DISTINCT missing FROM quality.day_coverage") == [([],)]
    asked = grown.ask(is_warm=True)
    assert asked["queries"] > 20
    assert asked["queries_ms"] >= asked["slowest_query_ms"] > 0 < asked["live_batch_ms"]
    assert rows(runtime, "SELECT count(*) FROM core.kills_fact") == [(360,)]
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.*")}
    with upstreams([0], 60):
        assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.*")} == made


def test_legs_of_growth_begin_a_range_of_ids_and_are_as_many_as_asked_for() -> None:
    legs, most = sized(Bench.kills)
    assert most is None
    assert sum(LEGS) * KILLS_A_DAY >= sum(legs) * KILLS_A_DAY >= Bench.kills
    assert legs[0] == legs[-1]
    assert legs[0] * KILLS_A_DAY == pytest.approx(200_000, rel=0.05)
    pieces = list(cut(range(BOUNDARY - sum(legs[:-1]), BOUNDARY + legs[-1]), legs))
    assert pieces[0][0] >= 0
    assert [len(piece) for piece in pieces] == list(legs)
    assert pieces[-1][0] == BOUNDARY
    before = 0
    for leg in legs[:-1]:  # each has so much more than there is that its range is built
        assert leg * KILLS_A_DAY > WORTH_BUILDING
        assert before < leg * MOST_THERE
        before += leg
    assert sized(1000) == ((1, 1, 1, 1), 250)


def test_a_ballast_holds_memory_and_lets_it_go() -> None:
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
    some, before = 512 << 20, set(family(os.getpid()))
    with ballast(available - some) as held:
        assert 0 < held < 2 * some
        assert len(set(family(os.getpid())) - before) == 1
    assert set(family(os.getpid())) <= before
    with ballast(2 * available) as held:
        assert held == 0


@realdata.needs_days
@pytest.mark.timeout(1200)
def test_each_form_of_dlt_loads_every_row_into_tables_that_are_there(runtime: Runtime, tmp_path: Path) -> None:
    try:
        python = dlt_beside.dlt_python()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"dlt cannot be installed: {error.stderr.strip()[-200:]}")
    bodies = tmp_path / "bodies.jsonl"
    texts = [kill.body for kill in real_day(realdata.DAYS[0], 200) if kill.body is not None]
    bodies.write_bytes(b"\n".join(texts))
    for form in dlt_beside.FORMS:
        assert dlt_beside.dlt_seconds(runtime.owner_engine, python, form, bodies) > 0
    assert rows(runtime, "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'dlt')") == []
    bodies.write_bytes(b"\n".join([*texts[:-1], texts[0]]))  # merged, a killmail that comes twice is one
    with pytest.raises(AssertionError, match=r"dlt \(csv\) has"):
        dlt_beside.dlt_seconds(runtime.owner_engine, python, "csv", bodies)


def test_without_a_package_index_dlt_is_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setattr(realdata, "has_days", lambda: True)
    found = list(dlt_beside.run(cast("Bench", None)))
    assert [one.name for one in found] == ["new_day_vs_dlt", "new_day_vs_dlt_best"]
    assert all("dlt cannot be installed" in one.skipped and not one.is_broken for one in found)


@realdata.needs_realdata
@pytest.mark.skipif(bool(ABSENT), reason=ABSENT or "is here")
def test_the_yardstick_takes_every_row_of_the_five_tables_and_goes_again(loaded: Runtime, tmp_path: Path) -> None:
    tables = ("kills_fact", "kill_victims", "kill_attackers", "kill_characters", "kill_items")
    with yardstick(loaded.owner_engine, tmp_path) as copy:
        for _ in range(2):
            assert copy.seconds() > 0
            for table in tables:
                counted = f"SELECT (SELECT count(*) FROM core.{table}), (SELECT count(*) FROM yardstick.{table})"
                [(ours, theirs)] = rows(loaded, counted)
                assert ours == theirs > 0, table
        differing = "SELECT killmail_id, total_value, items::text FROM {}.kills_fact"
        both = f"{differing.format('core')} EXCEPT {differing.format('yardstick')}"
        assert rows(loaded, f"SELECT count(*) FROM ({both}) AS odd") == [(0,)]
    assert rows(loaded, "SELECT to_regnamespace('yardstick') IS NULL") == [(True,)]


def test_every_page_and_route_about_an_entity_is_asked(runtime: Runtime) -> None:
    inside, mount = behind_the_door(runtime)
    pages = {route.path for route in inside.routes if "{entity_id}" in getattr(route, "path", "")}
    of_api = {
        f"{API}{route.path}"
        for route in mount.app.routes
        if isinstance(route, APIRoute)
        and any(one.alias == "entity_id" for one in (*route.dependant.query_params, *route.dependant.path_params))
    }
    assert pages
    assert of_api
    asked = [address.partition("?")[0] for address in addresses("alliance", 1)]
    for path in pages | of_api:
        pattern = path.replace("{kind}", "*").replace("{entity_kind}", "*").replace("{entity_id}", "*")
        assert any(fits(address, pattern) for address in asked), path


@realdata.needs_realdata
def test_a_live_batch_is_shown_and_goes_again(loaded: Runtime) -> None:
    with loaded.engine.connect() as connection:
        made = filled.describe(connection, "")
    assert dataclasses.replace(made, first_id=0, last_id=0, made_on="") == filled.Filled(
        KILLS, realdata.DAYS[0], realdata.DAYS[0], 0, 0, "", ""
    )
    before = state(loaded)
    figure = at_size.live_batch(loaded, made, rounds=1)
    assert len(figure.values) == 1
    assert (figure.details["kills"], figure.details["counted"]) == (at_size.LIVE_KILLS, KILLS)
    assert rows(loaded, "SELECT count(*) FROM core.kills_fact") == [(KILLS + 2 * at_size.LIVE_KILLS,)]
    at_size.forget_live(loaded, made)
    assert state(loaded) == before


def state(runtime: Runtime) -> list[list[tuple[object, ...]]]:
    """What core and mart say of killmails."""
    return [
        rows(runtime, query)
        for query in (
            "SELECT killmail_id, total_value FROM core.kills_fact ORDER BY 1",
            "SELECT killmail_id, attacker_index, character_id FROM core.kill_attackers ORDER BY 1, 2",
            "SELECT killmail_id, character_id FROM core.kill_characters ORDER BY 1, 2",
            "SELECT entity_kind, entity_id, day, kills, losses FROM mart.activity_daily ORDER BY 1, 2, 3",
        )
    ]


@realdata.needs_realdata
def test_bytes_are_those_of_core_and_mart(loaded: Runtime) -> None:
    found = _bytes(loaded.engine, KILLS)
    assert found.keys() == {"core", "mart"}
    load(loaded.engine, real_day(realdata.DAYS[1], 4 * KILLS))
    later = _bytes(loaded.engine, KILLS)
    assert later["core"] > 2 * found["core"] > 0
    assert 2 * found["mart"] > later["mart"] > 0  # not refreshed yet
