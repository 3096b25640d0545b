"""Whatever the order, however often, however split and wherever interrupted: core is what the oracle says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from killmart.errors import KillmartError
from killmart.load.live import build_from_staging
from killmart.load.promote import promote
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from support import oracle
from support.making import MakeRuntime
from support.pipeline import (
    FEED,
    Json,
    build,
    differences,
    empty_warehouse,
    give_verdict,
    kill,
    load_past_gate,
    ref,
    rows,
    stage,
    states,
)
from support.strategies import REPEATABLE, killmails, zkb_blocks

KILLS = 5
_some = st.lists(st.integers(0, KILLS - 1), min_size=1, max_size=KILLS)
_owners = st.sampled_from(["dag", "hand"])
_actions = st.one_of(
    st.tuples(st.just("stage"), _some, st.sampled_from(["whole", "no zkb", "no body"])),
    st.tuples(st.just("load"), _owners),
    st.tuples(st.just("build"), _owners),
    st.tuples(st.just("promote"), st.integers(0, 5)),
    st.tuples(st.just("interrupted load"), _owners, st.integers(0, 60), st.sampled_from(["dropped", "raised"])),
)
_kills = st.lists(
    st.tuples(killmails(), st.none() | zkb_blocks),
    min_size=KILLS,
    max_size=KILLS,
    unique_by=lambda kill: kill[0]["killmail_id"],
)


class Interruption(Exception):
    """What a test throws into a stage."""


@contextmanager
def interruption(engine: Engine, statements: int, how: str) -> Iterator[None]:
    """Break off at the given statement: the connection drops, as in a crash, or an exception is raised."""
    left = statements

    def interrupt(connection: Any, cursor: Any, *_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            if how == "raised":
                raise Interruption
            cursor.connection.close()

    event.listen(engine, "before_cursor_execute", interrupt)
    try:
        yield
    except (Interruption, DBAPIError):
        pass
    finally:
        event.remove(engine, "before_cursor_execute", interrupt)


class Session:
    """Two loaders on one warehouse, and the killmails that come to it."""

    def __init__(self, runtimes: dict[str, Runtime], kills: list[tuple[Json, Json | None]]) -> None:
        self.runtimes = runtimes
        self.refs = [ref(body, zkb) for body, zkb in kills]
        self.built: list[int] = []

    @property
    def any_runtime(self) -> Runtime:
        return next(iter(self.runtimes.values()))

    def do(self, action: str, *details: Any) -> None:
        getattr(self, "do_" + action.replace(" ", "_"))(*details)

    def do_stage(self, numbers: list[int], what: str) -> None:
        left_out = {"whole": {}, "no zkb": {"zkb": None}, "no body": {"body": None}}[what]
        refs = [self.refs[number] for number in numbers]
        parts = [
            {"killmail_id": r.killmail_id, "killmail_hash": r.killmail_hash, "zkb": r.zkb, "body": r.body} for r in refs
        ]
        stage(self.any_runtime, [Ref(**(part | left_out)) for part in parts])

    def do_load(self, owner: str) -> None:
        self.built += [built.batch_id for built in load_past_gate(self.runtimes[owner])]

    def do_build(self, owner: str) -> None:
        built = build_from_staging(self.runtimes[owner])
        if built is not None:
            self.built.append(built.batch_id)
            give_verdict(self.runtimes[owner], built.batch_id)

    def do_promote(self, number: int) -> None:
        """Promote one of the last batches: late, or again, or after it was abandoned."""
        for batch_id in self.built[-1 - number : len(self.built) - number]:
            try:
                promote(self.any_runtime, batch_id)
            except KillmartError as refusal:
                if "abandoned" not in str(refusal):
                    raise

    def do_interrupted_load(self, owner: str, statements: int, how: str) -> None:
        with interruption(self.runtimes[owner].engine, statements, how):
            self.do_load(owner)


@pytest.fixture
def runtimes(make_runtime: MakeRuntime) -> dict[str, Runtime]:
    """Two loaders; batches are small, so that a load has several."""
    return {owner: make_runtime(owner=owner, batch_kills=2) for owner in ("dag", "hand")}


@settings(REPEATABLE, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=_kills, actions=st.lists(_actions, max_size=12))
def test_core_is_what_the_oracle_says(
    runtimes: dict[str, Runtime], kills: list[tuple[Json, Json | None]], actions: list[tuple[Any, ...]]
) -> None:
    session = Session(runtimes, kills)
    empty_warehouse(session.any_runtime)
    for action in actions:
        session.do(*action)
    session.do_stage([*range(KILLS)], "whole")
    for owner in runtimes:  # each takes up what it left unfinished
        session.do_load(owner)

    runtime = session.any_runtime
    expected = oracle.expected((body, oracle.killmail_hash_of(body), zkb, FEED) for body, zkb in kills)
    assert differences(runtime, expected) == []
    assert set(states(runtime).values()) == {"promoted"}
    assert rows(runtime, "SELECT * FROM quality.quarantine") == []
    assert rows(runtime, "SELECT tablename FROM pg_tables WHERE schemaname = 'candidate'") == []
    sums = "SELECT batch_id FROM staging.batches WHERE state = 'promoted' AND claimed != promoted + quarantined + known"
    assert rows(runtime, sums) == []


def test_an_overtaken_batch_does_not_bring_older_values_back(runtimes: dict[str, Runtime]) -> None:
    dag, hand = runtimes.values()
    stage(dag, [ref(kill(1), {"points": 1})])
    older = build(dag)
    stage(dag, [ref(kill(1), {"points": 2})])
    load_past_gate(hand)
    give_verdict(dag, older.batch_id)
    promoted = promote(dag, older.batch_id)
    assert (promoted.changed, promoted.unchanged) == (0, 1)
    assert rows(dag, "SELECT points FROM core.kills_fact") == [(2,)]

    stage(dag, [ref(kill(1), {"points": 3})])
    older = build(dag)
    stage(dag, [ref(kill(1), {"points": 4})])
    load_past_gate(hand)
    give_verdict(dag, older.batch_id)
    assert promote(dag, older.batch_id).revalued == 0
    assert rows(dag, "SELECT points FROM core.kills_fact") == [(4,)]


def test_two_loads_and_a_feed_at_once(make_runtime: MakeRuntime) -> None:
    """Loaders with owners of their own and a feed that keeps changing its mind work on the same killmails."""
    bodies = [kill(number, killmail_time=f"2021-11-29T12:00:{number % 60:02}Z") for number in range(1, 81)]
    feed, *loaders = (make_runtime(owner=f"owner {number}", batch_kills=7) for number in range(4))
    is_over = threading.Event()

    def feed_them() -> None:
        for points in range(6):
            for start in range(0, len(bodies), 20):
                step = bodies[start : start + 20]
                stage(feed, [ref(body, {"points": points, "totalValue": points + 0.5}) for body in reversed(step)])
        is_over.set()

    def load_them(runtime: Runtime) -> int:
        batches = 0
        while not is_over.is_set():
            batches += len(load_past_gate(runtime))
        return batches

    with ThreadPoolExecutor() as pool:
        loads = [pool.submit(load_them, runtime) for runtime in loaders]
        try:
            feed_them()
        finally:
            is_over.set()
        assert sum(load.result() for load in loads) > 0
    for runtime in loaders:
        load_past_gate(runtime)
    zkb = {"points": 5, "totalValue": 5.5}
    expected = oracle.expected((body, oracle.killmail_hash_of(body), zkb, FEED) for body in bodies)
    assert differences(feed, expected) == []
    assert set(states(feed).values()) == {"promoted"}
