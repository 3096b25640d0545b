"""The way of a killmail to core depends on no prices; what heals it later takes it out of quarantine in staging too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from killmart.load.days import load_days
from killmart.model.ref import Ref
from killmart.reference.values import fill_values
from killmart.runtime import Runtime
from support.day_loading import DAY, ids_of, on, past_gate, serving
from support.making import MakeRuntime
from support.pipeline import kill, load_past_gate, quarantined, ref, rows, run, stage, states
from support.valued import generated_types, load_types


@pytest.fixture(autouse=True)
def _past_the_gate_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    past_gate(monkeypatch)
    for module in ("load.build", "reference.prices", "db.prices"):
        monkeypatch.setattr(f"killmart.{module}.PRICES_PATIENCE", 0.2)


Break = Callable[[Runtime], AbstractContextManager[None]]


@contextmanager
def locked(runtime: Runtime) -> Iterator[None]:
    with runtime.engine.connect() as connection:
        connection.execute(text("LOCK TABLE reference.market_prices, reference.price_days IN ACCESS EXCLUSIVE MODE"))
        yield


@contextmanager
def gone(runtime: Runtime) -> Iterator[None]:
    for table in ("market_prices", "price_days"):
        run(runtime, f"ALTER TABLE reference.{table} RENAME TO lost_{table}")
    yield
    for table in ("market_prices", "price_days"):
        run(runtime, f"ALTER TABLE reference.lost_{table} RENAME TO {table}")


@contextmanager
def broken(runtime: Runtime) -> Iterator[None]:
    """Our own arithmetic raises."""
    with pytest.MonkeyPatch.context() as patch:

        def fail(*_: object) -> None:
            raise ZeroDivisionError("integer division or modulo by zero")

        patch.setattr("killmart.reference.appraise.own_figures", fail)
        yield


BREAKS = {"locked": locked, "gone": gone, "broken": broken}


def valued(runtime: Runtime) -> tuple[int, int]:
    """Killmails in core, and those of them that we have valued."""
    [(count, points)] = rows(runtime, "SELECT count(*), count(rule_points) FROM core.kills_fact")
    return count, points


@pytest.mark.parametrize("damage", BREAKS)
def test_a_feeds_killmails_come_to_core_without_prices_and_are_valued_later(
    runtime: Runtime, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    load_types(runtime.engine, generated_types())
    with BREAKS[damage](runtime), caplog.at_level(logging.WARNING):
        stage(runtime, [ref(kill(number)) for number in range(1, 2_500)])
        [built] = load_past_gate(runtime)
    assert (built.candidates, built.quarantined) == (2_499, 0)
    assert valued(runtime) == (2_499, 0)
    assert caplog.text.count("goes on without values, points and flags of our own") == 1
    fill_values(runtime)
    assert valued(runtime) == (2_499, 2_499)


def test_a_connection_that_breaks_while_killmails_are_valued_is_told_as_what_it_is(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch ends with it, and does not go on without values to fail at the next statement."""
    load_types(runtime.engine, generated_types())
    stage(runtime, [ref(kill(1))])
    statements: list[str] = []

    def drop(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        statements.append(statement)
        if "lock_timeout" in statement:
            cursor.connection.close()

    event.listen(runtime.engine, "before_cursor_execute", drop)
    try:
        with pytest.raises(DBAPIError, match="closed"):
            load_past_gate(runtime)
    finally:
        event.remove(runtime.engine, "before_cursor_execute", drop)
    assert "lock_timeout" in statements[-1]
    assert caplog.text == ""
    load_past_gate(runtime)
    assert valued(runtime) == (1, 1)


@pytest.mark.parametrize("damage", [*BREAKS, None])
def test_a_day_comes_to_core_without_prices_and_is_valued_later(make_runtime: MakeRuntime, damage: str | None) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        load_types(runtime.engine, generated_types())
        count = len(ids_of(simulator))
        with BREAKS[damage](runtime) if damage else nullcontext():
            report = load_days(runtime, [DAY])
        assert (report.is_complete, report.inserted, report.quarantined) == (True, count, 0)
        assert valued(runtime) == (count, 0 if damage else count)
        fill_values(runtime)
        assert valued(runtime) == (count, count)


def test_a_killmail_that_a_day_load_heals_is_quarantined_no_more(make_runtime: MakeRuntime) -> None:
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        ids = sorted(ids_of(simulator))[:3]
        bodies = {one: simulator.state.catalogue.get(one) for one in ids}
        wrong_hash, wrong_body, both = ids
        good = {one: (found.killmail_hash, found.body) for one, found in bodies.items() if found is not None}
        zkb = b'{"points": 7}'
        stage(
            runtime,
            [
                Ref(wrong_hash, "a" * 40, zkb, good[wrong_hash][1]),
                Ref(wrong_body, good[wrong_body][0], zkb, b'{"killmail_id": 1}'),
                Ref(both, "b" * 40, zkb, b"<html>"),
            ],
        )
        run(runtime, "UPDATE staging.killmails SET refetches = 3")
        load_past_gate(runtime)
        assert set(states(runtime).values()) == {"quarantined"}
        assert load_days(runtime, [DAY]).is_complete
        assert quarantined(runtime) == {}
        assert set(states(runtime).values()) == {"fetched"}
        load_past_gate(runtime)
        assert set(states(runtime).values()) == {"promoted"}
        assert rows(runtime, "SELECT killmail_id, killmail_hash FROM staging.killmails ORDER BY killmail_id") == [
            (one, good[one][0]) for one in ids
        ]
        assert rows(runtime, "SELECT count(*) FROM core.kills_fact WHERE points = 7") == [(3,)]
        again = load_days(runtime, [DAY], mode="reload")
        assert (again.is_complete, again.changed, again.quarantined) == (True, 0, 0)
        assert quarantined(runtime) == {}
