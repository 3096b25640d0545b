"""What the tests of day loads share: days of the simulator's universe, runtimes on it, and what core should have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from killmart.runtime import Runtime
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from killmart_demo.watch import Limits
from support import oracle
from support.making import MakeRuntime
from support.pipeline import give_verdict, rows

DAY = datetime.now(UTC).date() - timedelta(days=2)
DAY_BEFORE = DAY - timedelta(days=1)
KILLS = 160
"""About so many kills a day: more than come from ESI unasked."""
SHORT_BY = 30


@contextmanager
def serving(*damage: str, of: date = DAY, **options: Any) -> Iterator[Running]:
    """A simulator with small days from four days ago on; `damage` is done to the files of one of them."""
    with running(
        SimulatorConfig(kills=5, limits=Limits(r2z2_per_second=10_000), days=small(*damage, of=of, **options))
    ) as found:
        yield found


def small(*damage: str, of: date = DAY, **options: Any) -> DayOptions:
    """Options of small days."""
    usual: dict[str, Any] = {"day_kills": KILLS, "first_day": DAY - timedelta(days=2), "short_by": SHORT_BY}
    return DayOptions(**usual | {"damage": {of.isoformat(): damage} if damage else {}} | options)


def on(simulator: Running, make_runtime: MakeRuntime, **options: Any) -> Runtime:
    """A runtime whose upstreams are the simulator, in a hurry."""
    urls = {name: f"{simulator.url}/{name}" for name in ("r2z2", "everef", "esi", "redisq")}
    return make_runtime(**{"r2z2_rate": 1000, "everef_rate": 1000} | urls | options)


def past_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load days without the gate, where it is not what a test is about (it costs seconds)."""
    monkeypatch.setattr("killmart.load.batch.validate", give_verdict)
    monkeypatch.setattr("killmart.load.days.import_ahead", lambda: None)


def ids_of(simulator: Running, *days: date) -> set[int]:
    """Ids of every kill of these days, withheld ones included."""
    return {one for day in days or (DAY,) for one in simulator.state.days._ids_of(day)}


def struck(simulator: Running, day: date = DAY) -> dict[str, int]:
    """Damage: the killmail that it struck."""
    found: dict[str, int] = simulator.state.days.status()["damaged"][day.isoformat()]
    return found


def rows_of(
    simulator: Running, ids: Iterable[int], source: str, bodies: dict[int, bytes] | None = None
) -> oracle.Tables:
    """What core has to have of these kills; `bodies` stand in for those of the universe."""
    kills = ((one, simulator.state.catalogue.get(one)) for one in sorted(ids))
    return oracle.expected(
        (json.loads((bodies or {}).get(one, kill.body)), kill.killmail_hash, None, source)
        for one, kill in kills
        if kill is not None
    )


def in_core(runtime: Runtime) -> set[int]:
    """Ids of what core has."""
    return {row[0] for row in rows(runtime, "SELECT killmail_id FROM core.kills_fact")}


def coverage(runtime: Runtime, day: date = DAY) -> tuple[int, int, int, set[int], list[str]] | None:
    """Expected, loaded, quarantined, missing ids and sources of a day; None where it was never compared."""
    query = "SELECT expected, loaded, quarantined, missing, sources FROM quality.day_coverage WHERE day = :day"
    found = rows(runtime, query, day=day)
    return (*found[0][:3], set(found[0][3]), found[0][4]) if found else None


def complete(count: int, quarantined: int = 0) -> tuple[int, int, int, set[int]]:
    """The first four of `coverage` of a day that lacks nothing."""
    return (count, count - quarantined, quarantined, set())
