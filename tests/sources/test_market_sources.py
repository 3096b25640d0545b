"""Prices over real HTTP: The Forge's averages of a day and ESI's of today, good answers and every bad one."""

from __future__ import annotations

import bz2
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.market import DayPrices
from killmart.sources import days, market
from killmart.sources.everef import EveRef
from killmart.sources.market import MarketPrices, history_route, is_prices
from killmart.sources.transport.session import Cache, build_session
from killmart_demo.app import running
from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from killmart_demo.faults import Faults
from killmart_demo.market import Market
from support.scripted import Scripted, scripted

DAY = date(2026, 11, 17)
NOW = 1_795_000_000.0
"""2026-11-18, in the forenoon."""
HEADER = "average,date,highest,lowest,order_count,volume,http_last_modified,region_id,type_id"


def row(type_id: int, average: str = "5.25", region: str = "10000002", day: str = str(DAY)) -> str:
    return f"{average},{day},6.0,4.0,3,10,2026-11-18T04:00:00Z,{region},{type_id}"


def packed(*rows: str, header: str = HEADER) -> bytes:
    return bz2.compress("\n".join((header, *rows, "")).encode())


MakeHistory = Callable[[str], EveRef]


@pytest.fixture
def make_history(tmp_path: Path) -> Iterator[MakeHistory]:
    opened = []

    def build(url: str) -> EveRef:
        opened.append(build_session("everef", url, per_second=1000))
        return EveRef(opened[-1], url, tmp_path / "everef")

    yield build
    for session in opened:
        session.close()  # type: ignore[no-untyped-call]


def read(make_history: MakeHistory, content: bytes, status: int = 200) -> tuple[DayPrices | None, Scripted]:
    with scripted(lambda *_: (status, content)) as upstream:
        return make_history(upstream.url).market_history(DAY), upstream


def test_a_day_of_the_simulator_is_that_of_the_forge_without_unusable_averages(make_history: MakeHistory) -> None:
    config = SimulatorConfig(kills=0, now=lambda: NOW)
    with running(config) as simulator:
        source = make_history(f"{simulator.url}/everef")
        found = source.market_history(DAY)
        assert source.market_history(DAY + timedelta(days=1)) is None  # not over
        assert [(count.route, count.status) for count in source.counter.take()] == [
            ("/market-history/{id}/market-history-{id}.csv.bz2", 200),
            ("/market-history/{id}/market-history-{id}.csv.bz2", 404),
        ]
    drawn = {one: Market(config).cents(one, DAY) for one in Market(config).types}
    assert found is not None
    assert found.cents == {one: cents for one, cents in drawn.items() if cents is not None and cents > 0}
    assert sum(found.dropped.values()) == sum(1 for cents in drawn.values() if cents in (0, -1))
    assert (found.day, found.source) == (DAY, "everef")


def test_rows_without_a_usable_average_are_counted_and_left_out(make_history: MakeHistory) -> None:
    averages = {
        1: "",
        2: "0",
        3: "0.0",
        4: "0.004",
        5: "-3",
        6: "abc",
        7: "NaN",
        8: "Infinity",
        9: "1e400",
        10: "  ",
        11: "1e1000000",
    }
    good = {20: "0.005", 21: "12.345", 22: "1E3", 23: "999999999999.99"}
    rows = [row(one, text) for one, text in (averages | good).items()]
    rows += [row(20, "7"), "5,5", row(24, region="10000043"), f"x{row(0)}", row(2**31), f",{DAY},,,,,,10000002,"]
    found, _ = read(make_history, packed(*rows))
    assert found is not None
    assert found.cents == {20: 1, 21: 1235, 22: 100_000, 23: 99_999_999_999_999}
    assert found.dropped == {"empty": 3, "zero": 3, "negative": 1, "unreadable": 8, "twice": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (packed(*map(row, range(1, 2000)))[:-40], "is cut off after"),
        (packed(row(1))[:10], "is cut off after 10 bytes"),
        (b"", "is cut off after 0 bytes"),
        (b"<!DOCTYPE html><html>One moment</html>", "no bzip2"),
        (bz2.compress(b"<html>"), "without the columns"),
        (packed(row(1), header=HEADER.replace("average", "mean")), "without the columns"),
        (packed(row(1), header=HEADER.replace("region_id", "location_id")), "without the columns"),
        (packed(row(1, day="2026-11-16")), "in place of 2026-11-17"),
        (packed(row(1, region="10000043")), "without any of The Forge"),
        (packed(row(1, average="")), "without any of The Forge"),
        (packed(row(1)) + b"rubbish", "no bzip2"),
        (packed(f'"{"x" * 200_000}"'), "no CSV"),
        (packed("x" * (3 << 20)), "a line of more than 1 MB"),
    ],
)
def test_a_bad_file_is_asked_for_again_and_then_refused(make_history: MakeHistory, content: bytes, said: str) -> None:
    with scripted(lambda *_: (200, content)) as upstream:
        with pytest.raises(UpstreamError, match=said):
            make_history(upstream.url).market_history(DAY)
        assert len(upstream.requests) == days.TRIES
        assert {request.path for request in upstream.requests} == {history_route(DAY)}


def test_a_file_that_unpacks_without_end_is_refused(make_history: MakeHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "LARGEST_PRICES", 1 << 20)
    bomb = bz2.compress((HEADER + "\n").encode() + b"0" * (64 << 20))
    assert len(bomb) < 10_000
    with scripted(lambda *_: (200, bomb)) as upstream, pytest.raises(UpstreamError, match="more than 1 MB"):
        make_history(upstream.url).market_history(DAY)


def test_a_file_of_several_streams_is_one_file(make_history: MakeHistory) -> None:
    content = packed(row(1)) + bz2.compress((row(2) + "\n").encode())
    found, _ = read(make_history, content)
    assert found is not None
    assert found.cents == {1: 525, 2: 525}


def test_an_upstream_that_recovers_is_asked_until_it_answers(make_history: MakeHistory) -> None:
    answers = iter([(500, b""), (200, b"BZ"), (429, b"", {"Retry-After": "0"}), (200, packed(row(1)))])
    with scripted(lambda *_: next(answers)) as upstream:  # type: ignore[arg-type,return-value]
        found = make_history(upstream.url).market_history(DAY)
    assert found is not None
    assert found.cents == {1: 525}


def test_errors_and_bans_are_told_apart(make_history: MakeHistory) -> None:
    with scripted(lambda *_: (500, b"")) as upstream, pytest.raises(UpstreamError, match="answered 500"):
        make_history(upstream.url).market_history(DAY)
    with scripted(lambda *_: (403, b"")) as upstream, pytest.raises(UpstreamRefusedError):
        make_history(upstream.url).market_history(DAY)
    with scripted(lambda *_: (200, b"x" * (21 << 20))) as upstream, pytest.raises(UpstreamError, match="everef"):
        make_history(upstream.url).market_history(DAY)


def test_the_simulator_can_withhold_and_cut_a_day(make_history: MakeHistory) -> None:
    damage = {str(DAY): ("prices_truncated",), str(DAY - timedelta(days=1)): ("prices_missing",)}
    with running(SimulatorConfig(kills=0, now=lambda: NOW, days=DayOptions(damage=damage))) as simulator:
        source = make_history(f"{simulator.url}/everef")
        assert source.market_history(DAY - timedelta(days=1)) is None
        with pytest.raises(UpstreamError, match="is cut off"):
            source.market_history(DAY)


def test_the_faults_of_an_upstream_are_lived_through(make_history: MakeHistory) -> None:
    faults = Faults(seed=3, rates={"500": 0.2, "html": 0.2, "reset": 0.2, "truncated": 0.2})
    with running(SimulatorConfig(kills=0, now=lambda: NOW, faults=faults)) as simulator:
        source, prices = make_history(f"{simulator.url}/everef"), Market(SimulatorConfig())
        for day in (DAY - timedelta(days=back) for back in range(12)):
            found = source.market_history(day)
            assert found is not None
            assert found.cents == {one: cents for one in prices.types if (cents := prices.cents(one, day) or 0) > 0}
        assert len(simulator.state.plan.injected) > 2


# --- ESI ---------------------------------------------------------------------------------------------------------


class Kept:
    """Pauses kept in memory."""

    def __init__(self) -> None:
        self.paused: dict[str, float] = {}

    def seconds(self, services: tuple[str, ...]) -> float:
        return max((self.paused.get(service, 0.0) for service in services), default=0.0)

    def pause(self, service: str, seconds: float, reason: str) -> None:
        self.paused[service] = seconds

    def answered(self, services: tuple[str, ...]) -> None:
        for service in services:
            self.paused.pop(service, None)


MakePrices = Callable[..., MarketPrices]


@pytest.fixture
def make_prices(tmp_path: Path) -> Iterator[MakePrices]:
    opened = []

    def build(url: str, pauses: Any = None) -> MarketPrices:
        file, hour = tmp_path / "esi.sqlite", timedelta(hours=1)
        opened.append(build_session("esi", url, cache=Cache(file, hour, is_prices)))
        return MarketPrices(opened[-1], url, pauses or Kept())

    yield build
    for session in opened:
        session.close()  # type: ignore[no-untyped-call]


def test_prices_of_today_are_asked_for_once_an_hour(make_prices: MakePrices) -> None:
    config = SimulatorConfig(kills=0, now=lambda: NOW)
    with running(config) as simulator:
        source = make_prices(f"{simulator.url}/esi")
        found = source.today(date(2026, 11, 18))
        again = make_prices(f"{simulator.url}/esi").today(date(2026, 11, 18))  # of another process
        assert found == again
        assert simulator.state.counts["esi", "/markets/prices", 200] == 1
    assert found.source == "esi"
    assert found.cents == {
        one: cents
        for one in Market(config).types
        if (cents := Market(config).cents(one, date(2026, 11, 18))) is not None and cents > 0
    }
    assert set(found.dropped) <= {"empty", "zero"}


@pytest.mark.parametrize(
    "content",
    [
        *(b"<html>", b"{}", b"[]", b'[{"type_id":"34","average_price":1.0}]', b'[{"average_price":1}]'),
        *(b'[{"type_id":34}]', b'[{"type_id":34,"average_price":"dear"}]', b'[{"type_id":34,"average_price":1.0}'),
    ],
)
def test_an_answer_that_is_no_prices_is_refused_and_not_kept(make_prices: MakePrices, content: bytes) -> None:
    answers = [(200, content)] * 3 + [(200, b'[{"type_id":34,"average_price":4.12,"adjusted_price":4}]')]
    said = iter(answers)
    with scripted(lambda *_: next(said)) as upstream:
        source = make_prices(upstream.url)
        with pytest.raises(UpstreamError, match="no prices"):
            source.today(DAY)
        assert source.today(DAY).cents == {34: 412}
        assert source.today(DAY).cents == {34: 412}
        assert len(upstream.requests) == 4


@pytest.mark.parametrize(
    ("status", "headers"),
    [(420, {"X-ESI-Error-Limit-Reset": "44"}), (429, {"Retry-After": "44"})],
)
def test_esi_is_left_alone_when_it_says_so(make_prices: MakePrices, status: int, headers: Mapping[str, str]) -> None:
    pauses = Kept()
    with scripted(lambda *_: (status, {"error": "quiet"}, headers)) as upstream:
        source = make_prices(upstream.url, pauses)
        with pytest.raises(UpstreamError):
            source.today(DAY)
        assert pauses.paused == {"esi": 44.0}
        with pytest.raises(UpstreamRefusedError):
            source.today(DAY)
        assert len(upstream.requests) == 1
        assert upstream.requests[0].headers["X-Compatibility-Date"]
