"""Prices in the warehouse: which days are asked for, what is stored, and what a type cost on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from killmart.day_sources import DaySources
from killmart.db import prices
from killmart.errors import UpstreamError
from killmart.model.market import DayPrices
from killmart.reference.prices import MOST_FAILURES, ensure_prices, fill_prices
from killmart.runtime import Runtime
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from support.day_loading import on
from support.making import MakeRuntime
from support.pipeline import kill, load_past_gate, ref, rows, run, stage
from support.scripted import scripted

TODAY = datetime.now(UTC).date()
OLD = date(2021, 11, 29)


@pytest.fixture
def simulator() -> Iterator[Running]:
    with running(SimulatorConfig(kills=0)) as found:
        yield found


def with_kills(runtime: Runtime, *days: date) -> None:
    stage(runtime, [ref(kill(1000 + at, killmail_time=f"{day}T10:00:00Z")) for at, day in enumerate(days)])
    load_past_gate(runtime)


def store(runtime: Runtime, day: date, cents: dict[int, int], source: Any = "everef", **dropped: int) -> int:
    with runtime.engine.begin() as connection:
        return prices.store_prices(connection, DayPrices(day, source, cents, dropped))


def stored(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(runtime, "SELECT type_id, day, average, source FROM reference.market_prices ORDER BY 2, 1")


def test_days_with_kills_get_their_prices_the_newest_first(make_runtime: MakeRuntime, simulator: Running) -> None:
    runtime = on(simulator, make_runtime)
    days = [OLD, TODAY - timedelta(days=1), TODAY - timedelta(days=2), date(2003, 9, 30), TODAY]
    with_kills(runtime, *days)
    told: list[tuple[int, int]] = []
    first = fill_prices(runtime, most_days=2, progress=lambda *args: told.append(args))
    assert (first.found, first.absent, first.failed, first.is_done) == (2, 0, 0, False)
    assert told == [(1, 1), (2, 0)]
    assert {row[0] for row in rows(runtime, "SELECT day FROM reference.price_days WHERE source = 'everef'")} == {
        *days[1:3]
    }
    second = fill_prices(runtime)
    assert (second.found, second.absent, second.is_done) == (3, 1, True)  # the young ones again, and a day before EVE
    assert second.prices == sum(1 for row in stored(runtime) if row[1] == OLD)  # of the others all was known
    third = fill_prices(runtime)
    assert (third.found, third.absent, third.prices) == (2, 0, 0)
    known = rows(runtime, "SELECT day, is_there, prices > 0, changed_at IS NULL FROM reference.price_days ORDER BY 1")
    assert (days[3], False, False, True) in known
    assert (TODAY, True, True, False) in known  # of ESI
    requests = "SELECT service, route, sum(requests) FROM ops.request_stats WHERE route LIKE '%mark%' GROUP BY 1, 2"
    assert sorted(rows(runtime, requests)) == [
        ("esi", "/markets/prices", 1),
        ("everef", "/market-history/{id}/market-history-{id}.csv.bz2", 8),
    ]
    assert rows(runtime, "SELECT DISTINCT stage FROM ops.run_metrics WHERE stage = 'prices'") == [("prices",)]
    assert simulator.state.breaches() == []


def test_a_young_day_that_was_not_there_is_asked_for_again_an_old_one_is_not(
    make_runtime: MakeRuntime, simulator: Running
) -> None:
    runtime = on(simulator, make_runtime)
    young = TODAY - timedelta(days=1)
    simulator.state.days.change(DayOptions(damage={"*": ("prices_missing",)}))
    with_kills(runtime, OLD, young)
    assert fill_prices(runtime).absent == 2
    simulator.state.days.change(DayOptions())
    sources = DaySources(runtime)
    ensure_prices(runtime, sources.everef, OLD)
    ensure_prices(runtime, sources.everef, young)  # a load comes back to it only after an hour
    assert not [row for row in stored(runtime) if row[3] == "everef"]
    run(runtime, "UPDATE reference.price_days SET asked_at = asked_at - interval '2 hours' WHERE day = :day", day=young)
    ensure_prices(runtime, sources.everef, young)
    assert {row[1] for row in stored(runtime) if row[3] == "everef"} == {young}
    ensure_prices(runtime, sources.everef, young)
    sources.close()
    assert (fill_prices(runtime).found, simulator.state.counts["everef", _ROUTE, 404]) == (1, 2)


def test_a_day_that_was_asked_for_by_a_clock_that_was_set_back_since_is_asked_for_again(
    make_runtime: MakeRuntime, simulator: Running
) -> None:
    runtime = on(simulator, make_runtime)
    young = TODAY - timedelta(days=1)
    simulator.state.days.change(DayOptions(damage={"*": ("prices_missing",)}))
    with_kills(runtime, young)
    assert fill_prices(runtime).absent == 1
    simulator.state.days.change(DayOptions())
    run(runtime, "UPDATE reference.price_days SET asked_at = asked_at + interval '1 day' WHERE day = :day", day=young)
    sources = DaySources(runtime)
    ensure_prices(runtime, sources.everef, young)
    sources.close()
    assert {row[1] for row in stored(runtime) if row[3] == "everef"} == {young}


_ROUTE = "/market-history/{year}/market-history-{name}.csv.bz2"


def test_an_upstream_that_is_away_ends_the_run_early_and_loses_nothing(make_runtime: MakeRuntime) -> None:
    with scripted(lambda *_: (500, b"")) as upstream:
        runtime = make_runtime(everef=upstream.url, esi=upstream.url, r2z2=upstream.url, everef_rate=1000)
        with_kills(runtime, *(OLD + timedelta(days=at) for at in range(6)))
        with pytest.raises(UpstreamError, match=r"everef|market"):
            fill_prices(runtime)
        paths = {request.path for request in upstream.requests if "history" in request.path}
        assert len(paths) == MOST_FAILURES
        assert stored(runtime) == []


def test_a_bad_file_of_one_day_does_not_stop_the_others(make_runtime: MakeRuntime, simulator: Running) -> None:
    runtime = on(simulator, make_runtime)
    simulator.state.days.change(DayOptions(damage={str(OLD): ("prices_truncated",)}))
    with_kills(runtime, OLD - timedelta(days=1), OLD, OLD + timedelta(days=1))
    report = fill_prices(runtime)
    assert (report.found, report.failed, report.is_done) == (2, 1, False)
    assert OLD not in {row[1] for row in stored(runtime)}
    simulator.state.days.change(DayOptions())
    report = fill_prices(runtime)
    assert (report.found, report.failed, report.is_done) == (1, 0, True)


def test_a_day_is_made_what_the_source_says_and_known_rows_are_left_alone(runtime: Runtime) -> None:
    assert store(runtime, OLD, {34: 412, 35: 999, 36: 5}, zero=2) == 3
    before = rows(runtime, "SELECT type_id, xmin::text FROM reference.market_prices ORDER BY 1")
    [changed_at] = rows(runtime, "SELECT changed_at, prices, dropped FROM reference.price_days")
    assert changed_at[1:] == (3, {"zero": 2})
    assert store(runtime, OLD, {34: 412, 35: 999, 36: 5}) == 0
    assert rows(runtime, "SELECT type_id, xmin::text FROM reference.market_prices ORDER BY 1") == before
    assert rows(runtime, "SELECT changed_at FROM reference.price_days") == [changed_at[:1]]
    assert store(runtime, OLD, {34: 413, 36: 5, 37: 1}) == 3
    assert [(row[0], row[2]) for row in stored(runtime)] == [
        (34, Decimal("4.13")),
        (36, Decimal("0.05")),
        (37, Decimal("0.01")),
    ]


def test_the_forge_stands_over_esi_on_the_same_day(runtime: Runtime) -> None:
    store(runtime, OLD, {34: 100, 35: 100}, "esi")
    store(runtime, OLD, {34: 200, 36: 300}, "everef")
    assert store(runtime, OLD, {34: 150, 35: 160, 36: 170}, "esi") == 1
    assert [(row[0], row[2], row[3]) for row in stored(runtime)] == [
        (34, Decimal("2.00"), "everef"),
        (35, Decimal("1.60"), "esi"),
        (36, Decimal("3.00"), "everef"),
    ]
    assert len(rows(runtime, "SELECT source FROM reference.price_days")) == 2


@pytest.fixture
def history(engine: Engine) -> Iterator[Any]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def test_what_a_type_cost_on_any_day_by_the_rule_for_gaps(history: Any) -> None:
    days = st.integers(0, 900)

    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(days, st.integers(1, 10**6), max_size=6), days)
    def check(known: dict[int, int], asked_for: int) -> None:
        first = date(2020, 1, 1)
        with history.begin_nested() as savepoint:
            for at, cents in known.items():
                history.execute(
                    text("INSERT INTO reference.market_prices VALUES (34, :day, :average)"),
                    {"day": first + timedelta(days=at), "average": Decimal(cents) / 100},
                )
            wanted = first + timedelta(days=asked_for)
            found = history.execute(text("SELECT * FROM reference.price_on(34, :day)"), {"day": wanted}).all()
            got = {
                one: prices.prices_on(history, [(34, wanted), (35, wanted)], with_later=one) for one in (True, False)
            }
            savepoint.rollback()
        earlier = [at for at in known if 0 <= asked_for - at <= 365]
        later = [at for at in known if 0 < at - asked_for <= 30]
        best = max(earlier) if earlier else min(later) if later else None
        if best is None:
            assert found == []
        else:
            average, day = Decimal(known[best]) / 100, first + timedelta(days=best)
            assert [tuple(row) for row in found] == [(average, day, asked_for - best, "everef")]
        cents = {pair: price.cents for pair, price in got[True].items()}
        assert cents == ({} if best is None else {(34, wanted): known[best]})
        assert got[False] == (got[True] if earlier else {})

    check()


def test_a_price_is_found_by_the_index(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reference.market_prices SELECT type_id, day, 1 FROM generate_series(1, 300) AS type_id,"
                " generate_series(date '2020-01-01', date '2020-06-01', interval '1 day') AS day"
            )
        )
        connection.execute(text("ANALYZE reference.market_prices"))
        plan = "\n".join(
            connection.execute(
                text(
                    "EXPLAIN SELECT price.average FROM unnest(ARRAY[1, 2, 3]) AS type_id"
                    " CROSS JOIN LATERAL reference.price_on(type_id, date '2020-03-03') AS price"
                )
            ).scalars()
        )
    assert "market_prices_pkey" in plan
    assert "Seq Scan on market_prices" not in plan
    assert "Function Scan on price_on" not in plan
