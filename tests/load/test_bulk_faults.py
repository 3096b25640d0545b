"""What may come between while ranges are built: live batches, readers, crashes, a full disk; nothing is lost."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from killmart.config.settings import load_settings
from killmart.config.sqlfiles import KILL_TABLES
from killmart.db import bare_ranges, junctions, marts, ranges
from killmart.db.prices import store_prices
from killmart.errors import KillmartError, disk_trouble
from killmart.load.marts import refresh_marts
from killmart.load.promote import promote, promote_together
from killmart.model.market import DayPrices
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle
from support.bulk import (
    WIDTH,
    batch_of,
    batch_of_arrivals,
    build_whatever_comes,
    chunks_of,
    expected,
    held,
    left_over,
)
from support.folders import quick_folder
from support.interrupting import interruption
from support.making import MakeRuntime, find_connection
from support.pipeline import (
    FEED,
    Json,
    attacker,
    differences,
    empty_warehouse,
    kill,
    load_anew,
    load_past_gate,
    ref,
    rows,
    run,
    stage,
)
from support.strategies import REPEATABLE, killmails, zkb_blocks
from support.valued import generated_types, load_types


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    build_whatever_comes(monkeypatch)


def when_built(monkeypatch: pytest.MonkeyPatch, then: Callable[[], Any]) -> None:
    """Have something done when ranges are built, before the promotions' turn is taken."""
    genuine = bare_ranges.build

    def build(*arguments: Any) -> None:
        genuine(*arguments)
        then()

    monkeypatch.setattr(bare_ranges, "build", build)


def of_feed(bodies: list[Json], zkb: Json | None = None) -> list[tuple[Json, str, Json | None, str]]:
    return [(body, oracle.killmail_hash_of(body), zkb, FEED) for body in bodies]


# --- others at work -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_there", [False, True], ids=["a new range", "a range that core has"])
def test_a_live_batch_that_is_promoted_while_a_range_is_built_is_in_it(
    runtime: Runtime, other: Runtime, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """As if it had been promoted before; it makes the range itself where core does not have it."""
    changed = kill(11, attackers=[attacker(95_000_009, final_blow=True)], solar_system_id=30_000_001)
    come = [kill(one) for one in range(2, 20)] + [kill(2 * WIDTH + one) for one in range(20)]
    lives = [kill(2), kill(10), changed, kill(2 * WIDTH + 5), kill(2 * WIDTH + 100)]

    def load_live(warehouse: Runtime, bodies: list[Json], zkb: Json) -> None:
        stage(warehouse, [ref(body, zkb) for body in bodies])
        load_past_gate(warehouse)

    def prepare(warehouse: Runtime) -> list[int]:
        if is_there:
            load_live(warehouse, [kill(one + edge) for edge in (0, 2 * WIDTH) for one in (1, 2, 3)], {})
        return [batch_of(warehouse, some) for some in chunks_of(come, 3)]

    batch_ids = prepare(other)
    load_live(other, lives, {"points": 5})
    for batch_id in batch_ids:
        promote(other, batch_id)

    batch_ids = prepare(runtime)
    when_built(monkeypatch, lambda: load_live(runtime, lives, {"points": 5}))
    done = promote_together(runtime, batch_ids)
    assert sum(promoted.inserted for promoted in done.values()) == len(come) - (8 if is_there else 4)
    found, wanted = held(runtime), held(other)
    assert {table: found[table] for table in found if found[table] != wanted[table]} == {}
    with ranges.snapshot(runtime.engine) as connection:
        assert junctions.differing(connection, 0, 2**63 - 1) == set()
    assert left_over(runtime) == []


def test_prices_that_change_while_a_range_is_built_bring_no_old_values(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2021, 11, 29)
    load_types(runtime.engine, generated_types())
    run(runtime, "INSERT INTO reference.market_prices VALUES (587, :day, 1000), (34, :day, 1.5)", day=day)
    load_anew(runtime, [kill(1)])
    batch_id = batch_of(runtime, [kill(one) for one in (1, 2, 3)])

    def change() -> None:
        with runtime.engine.begin() as connection:
            store_prices(connection, DayPrices(day, "everef", {587: 2_000_00, 34: 1_50}))

    when_built(monkeypatch, change)
    promote_together(runtime, [batch_id])
    values = "SELECT killmail_id, total_value FROM core.{} ORDER BY 1"
    of_kills = rows(runtime, values.format("kills_fact"))
    assert [value is None for _, value in of_kills] == [False, True, True]
    assert rows(runtime, values.format("kill_systems")) == of_kills
    with runtime.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        assert junctions.differing(connection, 1, 3) == set()


def test_readers_see_all_of_the_batches_or_nothing(make_runtime: MakeRuntime) -> None:
    """One who counts all the time in statements of their own, one who has begun to look before, one in between."""
    runtime, reader = make_runtime(), make_runtime(owner="reader")
    load_anew(runtime, [kill(one) for one in (1, 2)])
    come = [kill(one) for one in range(3, 103)] + [kill(2 * WIDTH + one) for one in range(100)]
    counts = ", ".join(f"(SELECT count(DISTINCT killmail_id) FROM core.{table})" for table in KILL_TABLES)
    query = text(f"SELECT {counts}")
    is_over, seen = threading.Event(), []

    def read() -> None:
        while not is_over.is_set():
            with reader.engine.connect() as connection:
                seen.append(tuple(connection.execute(query).one()))

    reading = threading.Thread(target=read)
    reading.start()
    try:
        with reader.engine.connect().execution_options(isolation_level="REPEATABLE READ") as early:
            early.execute(text("SELECT 1 FROM staging.batches"))  # its moment, before any of it is in core
            promote_together(runtime, [batch_of(runtime, some) for some in chunks_of(come[100:], 2)])
            assert set(early.execute(query).one()) == {2}
        promote_together(runtime, [batch_of(runtime, some) for some in chunks_of(come[:100], 2)])
    finally:
        time.sleep(0.05)
        is_over.set()
        reading.join()
    assert {len(set(one)) for one in seen} == {1}, "a table has more killmails than another"
    assert {one[0] for one in seen} <= {2, 102, 202}
    wanted = [
        *of_feed([kill(1), kill(2)], {}),
        *[(body, oracle.killmail_hash_of(body), None, "everef") for body in come],
    ]
    assert differences(runtime, oracle.expected(wanted)) == []


def test_who_reads_on_keeps_a_range_from_being_exchanged_and_nothing_else(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bare_ranges, "LOCK_TRIES", 3)
    monkeypatch.setattr(bare_ranges, "LOCK_PATIENCE", 0.02)
    runtime, reader = make_runtime(), make_runtime(owner="reader")
    load_anew(runtime, [kill(1)])
    come = [kill(one) for one in range(2, 12)] + [kill(2 * WIDTH)]
    how_many = text("SELECT count(*) FROM core.kill_victims")
    with ranges.snapshot(reader.engine) as reading, caplog.at_level(logging.WARNING):
        assert reading.execute(how_many).scalar_one() == 1
        promote_together(runtime, [batch_of(runtime, some) for some in chunks_of(come, 2)])
        assert reading.execute(how_many).scalar_one() == 1
    assert "range 0 of the kill tables is read without a pause" in caplog.text
    later = kill(20)
    wanted = [(body, oracle.killmail_hash_of(body), None, "everef") for body in [*come, later]]
    assert left_over(runtime) == []
    caplog.clear()
    promote_together(runtime, [batch_of(runtime, [later])])
    assert "without a pause" not in caplog.text
    assert differences(runtime, oracle.expected([*of_feed([kill(1)], {}), *wanted])) == []


def test_a_reader_that_is_soon_done_is_waited_for(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runtime, reader = make_runtime(), make_runtime(owner="reader")
    load_anew(runtime, [kill(1)])
    reading = reader.engine.connect()
    reading.execute(text("SELECT count(*) FROM core.kill_items"))
    tries = tries_to_attach(monkeypatch, lambda so_far: reading.close() if so_far == 3 else None)
    promote_together(runtime, [batch_of(runtime, [kill(2)])])
    warned = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert (tries, warned) == ([[0], [0], [0]], [])


def tries_to_attach(monkeypatch: pytest.MonkeyPatch, then: Callable[[int], Any] = lambda _: None) -> list[list[int]]:
    """The ranges that somebody tries to attach, try by try; before each `then` is told how many there are by now."""
    tries: list[list[int]] = []
    genuine = bare_ranges._attach_without_readers

    def attach(connection: Any, numbers: list[int]) -> None:
        tries.append(numbers)
        then(len(tries))
        genuine(connection, numbers)

    monkeypatch.setattr(bare_ranges, "_attach_without_readers", attach)
    return tries


def test_two_who_build_ranges_take_turns_and_are_not_in_each_others_way(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two tasks of one backfill do: the second begins when the first has built."""
    runtime, second = make_runtime(), make_runtime(owner="second")
    come = [kill(one) for one in range(1, 11)]
    its = [kill(2 * WIDTH + one) for one in range(10)]
    batch_id, its_batch = batch_of(runtime, come), batch_of(second, its)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with ThreadPoolExecutor(1) as pool:
        started: list[Future[Any]] = []

        def start_second() -> None:
            if not started:
                started.append(pool.submit(promote_together, second, [its_batch]))
                while not started[0].done() and rows(runtime, waiting) == [(0,)]:
                    time.sleep(0.01)

        when_built(monkeypatch, start_second)
        tries = tries_to_attach(monkeypatch)
        promote_together(runtime, [batch_id])
        started[0].result()
    assert tries == [[0], [2]]
    assert differences(runtime, expected([*come, *its])) == []
    assert left_over(runtime) == []


def test_sums_of_a_day_are_made_of_what_is_there_while_they_are_made(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refresh of the marts holds what an exchange waits for, before it sees anything."""
    load_anew(runtime, [kill(1)])
    genuine = marts.sum_up
    held_by_it: list[set[str]] = []

    def sum_up(connection: Any, *arguments: Any, **options: Any) -> Any:
        query = """SELECT relation::regclass::text FROM pg_locks
            WHERE pid = pg_backend_pid() AND mode = 'AccessShareLock' AND relation::regclass::text LIKE 'core.kill%'"""
        held_by_it.append(set(connection.execute(text(query)).scalars()))
        return genuine(connection, *arguments, **options)

    monkeypatch.setattr(marts, "sum_up", sum_up)
    refresh_marts(runtime)
    assert held_by_it
    assert all(held >= {f"core.{table}" for table in KILL_TABLES} for held in held_by_it)


# --- what ends it -------------------------------------------------------------------------------------------------


FULL_WHEN_INDEXED = """
CREATE FUNCTION public.full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file "base/5/16400": No space left on device' USING ERRCODE = '53100'; END $$;
CREATE EVENT TRIGGER full_disk ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.full_disk();
"""


def test_a_full_disk_is_told_and_nothing_is_left_or_half_there(runtime: Runtime) -> None:
    load_anew(runtime, [kill(1)])
    come = [kill(one) for one in range(2, 12)]
    batch_ids = [batch_of(runtime, some) for some in chunks_of(come, 2)]
    before = (held(runtime), left_over(runtime))
    run(runtime, FULL_WHEN_INDEXED)
    with pytest.raises(DBAPIError) as full:
        promote_together(runtime, batch_ids)
    assert str(disk_trouble(full.value)).startswith("The disk of the warehouse is full (")
    assert (held(runtime), left_over(runtime)) == before
    run(runtime, "DROP EVENT TRIGGER full_disk")
    assert sum(done.inserted for done in promote_together(runtime, batch_ids).values()) == len(come)
    assert left_over(runtime) == []


@pytest.fixture
def crashing() -> Iterator[tuple[EmbeddedPostgres, Runtime]]:
    """A server of the test's own and a runtime on it."""
    with quick_folder() as home:
        server = EmbeddedPostgres(home)
        server.start()
        try:
            runtime = Runtime(load_settings({}), partial(find_connection, server.connection(), {}), "test")
            runtime.migrate()
            yield server, runtime
            runtime.dispose()
        finally:
            server.stop()


def crash(server: EmbeddedPostgres, runtime: Runtime) -> None:
    """End all of the server's processes as a loss of power would, and start it again."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    processes = [postmaster, *postmaster.children()]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes)
    runtime.engine.dispose()
    server.start()


def test_a_crash_of_postgresql_empties_batches_and_no_range_is_built_of_nothing(
    crashing: tuple[EmbeddedPostgres, Runtime], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once when ranges are built, which are gone with the transaction, and then on with what is left of the batches."""
    server, runtime = crashing
    come = [kill(one) for one in range(1, 9)]
    batch_ids = [batch_of(runtime, some) for some in chunks_of(come, 2)]
    with monkeypatch.context() as patch:
        when_built(patch, lambda: crash(server, runtime))
        with pytest.raises(DBAPIError):
            promote_together(runtime, batch_ids)
    assert [name for name in left_over(runtime) if "_r" in name] == []
    assert promote_together(runtime, batch_ids) == {}
    assert caplog.text.count("PostgreSQL restarted after a crash") == 2
    assert (rows(runtime, "SELECT count(*) FROM core.kills_fact"), left_over(runtime)) == ([(0,)], [])
    promote_together(runtime, [batch_of(runtime, some) for some in chunks_of(come, 2)])
    assert differences(runtime, expected(come)) == []


@contextlib.contextmanager
def child(work: Callable[[], None]) -> Iterator[int]:
    """A process of its own that works, with connections of its own; gone after the block."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            logging.disable(logging.CRITICAL)
            work()
            code = 0
        finally:
            os._exit(code)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


@pytest.mark.parametrize("kills", [12, pytest.param(100, marks=pytest.mark.soak)])
def test_killed_at_whatever_point_it_goes_on_and_ends_the_same(make_runtime: MakeRuntime, kills: int) -> None:
    """Bulk loads in processes that are killed; the feed brings some of the same killmails between."""
    runtime, rng = make_runtime(), random.Random(14)
    bodies = [kill(number * WIDTH + one) for number in (0, 2, 3) for one in range(1, 41)]
    typical, killed = 1.0, 0
    batch_ids = [batch_of(runtime, some) for some in chunks_of(bodies, 4)]
    runtime.engine.dispose()  # a process that is forked must not use our connections
    while killed < kills:
        started = time.monotonic()
        with child(partial(promote_all, make_runtime, batch_ids)) as pid:
            ends = started + rng.uniform(0, 1.1 * typical)
            while time.monotonic() < ends and os.waitpid(pid, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
            is_over = time.monotonic() < ends
        if is_over:
            typical = 0.5 * typical + 0.5 * (time.monotonic() - started)
            assert left_over(runtime) == []
            delete_all(runtime)
            batch_ids = [batch_of(runtime, some) for some in chunks_of(bodies, 4)]
        else:
            killed += 1
            wait_for_the_dead(runtime)
            states = {
                state
                for (state,) in rows(
                    runtime, "SELECT state FROM staging.batches WHERE batch_id = any(:ids)", ids=batch_ids
                )
            }
            assert states in ({"built"}, {"promoted"})
            assert rows(runtime, "SELECT count(*) FROM core.kill_victims") == [
                (len(bodies) if states == {"promoted"} else 0,)
            ]
            assert [name for name in left_over(runtime) if "_r" in name] == []
        runtime.engine.dispose()
    promote_together(runtime, batch_ids)
    assert differences(runtime, expected(bodies)) == []
    assert left_over(runtime) == []


def promote_all(make_runtime: MakeRuntime, batch_ids: list[int]) -> None:
    promote_together(make_runtime(owner="child"), batch_ids)


def delete_all(runtime: Runtime) -> None:
    run(runtime, f"TRUNCATE {', '.join(f'core.{table}' for table in KILL_TABLES)} CASCADE")


def wait_for_the_dead(runtime: Runtime) -> None:
    """Until PostgreSQL has noticed who is gone: what they began is undone then."""
    others = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid != pg_backend_pid() AND backend_type = 'client backend'"""
    while rows(runtime, others) != [(0,)]:
        time.sleep(0.01)


# --- whatever is promoted how -----------------------------------------------------------------------------------------

KILLS = 5
_kills = st.lists(
    st.tuples(killmails(), st.none() | zkb_blocks),
    min_size=KILLS,
    max_size=KILLS,
    unique_by=lambda kill: kill[0]["killmail_id"],
)
_some = st.lists(st.integers(0, KILLS - 1), min_size=1, max_size=3, unique=True)
_loads = st.tuples(
    st.lists(_some, min_size=1, max_size=3),
    st.sampled_from(["together", "ordinary"]),
    st.none() | st.tuples(st.integers(0, 90), st.sampled_from(["dropped", "raised"])),
)


@settings(REPEATABLE, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=_kills, loads=st.lists(_loads, max_size=4))
def test_split_and_promoted_in_whatever_way_core_is_what_the_oracle_says(
    runtime: Runtime, kills: list[tuple[Json, Json | None]], loads: list[tuple[Any, ...]]
) -> None:
    empty_warehouse(runtime)

    def batch(numbers: list[int]) -> int:
        return batch_of_pairs(runtime, [kills[number] for number in numbers])

    def load(batch_ids: list[int], how: str) -> None:
        if how == "together":
            promote_together(runtime, batch_ids)
        else:
            for batch_id in batch_ids:
                promote(runtime, batch_id)

    for batches_of, how, interrupted in loads:
        batch_ids = [batch(numbers) for numbers in batches_of]
        if interrupted is not None:
            with interruption(runtime.engine, *interrupted), contextlib.suppress(KillmartError):
                load(batch_ids, how)
        load(batch_ids, "together")
    load([batch([*range(KILLS)])], "together")
    wanted = oracle.expected((body, oracle.killmail_hash_of(body), zkb, FEED) for body, zkb in kills)
    assert differences(runtime, wanted) == []
    assert left_over(runtime) == []


def batch_of_pairs(runtime: Runtime, kills: list[tuple[Json, Json | None]]) -> int:
    refs = [ref(body, zkb) for body, zkb in kills]
    arrivals = [Arrival(one.killmail_id, one.killmail_hash, one.body, one.zkb, FEED, known=False) for one in refs]
    return batch_of_arrivals(runtime, arrivals, FEED)
