"""What the tests of whole days share: a simulator whose days are small, and the sources on it over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from killmart.sources.bounds import LARGEST_DAY
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.transport.base import Manner
from killmart.sources.transport.bound import Spool
from killmart.sources.transport.session import PoliteSession, build_session
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from killmart_demo.watch import Limits

NOW = 1_795_000_000.0
"""2026-11-18, in the forenoon."""
DAY = date(2026, 11, 17)
DAY_BEFORE = date(2026, 11, 16)
FREE = Limits(r2z2_per_second=10_000)

Serve = Callable[..., AbstractContextManager[Running]]


@contextmanager
def serving(options: DayOptions | None = None, **config: Any) -> Iterator[Running]:
    """A simulator with days of about 120 kills, from three days before `DAY` on."""
    usual = {"kills": 5, "now": lambda: NOW, "limits": FREE, "days": options or small()}
    with running(SimulatorConfig(**usual | config)) as found:
        yield found


def small(**options: Any) -> DayOptions:
    return DayOptions(**{"day_kills": 120, "first_day": date(2026, 11, 14)} | options)


def damaged(*names: str, **options: Any) -> DayOptions:
    """Small days, `DAY` with that damage."""
    return small(damage={DAY.isoformat(): names}, **options)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Callable[..., PoliteSession]]:
    opened: list[PoliteSession] = []

    def build(service: str, url: str, manners: Sequence[Manner] = ()) -> PoliteSession:
        session = build_session(service, url, manners=manners, spool=Spool(tmp_path, LARGEST_DAY))
        opened.append(session)
        return session

    yield build
    for session in opened:
        session.close()  # type: ignore[no-untyped-call]


@pytest.fixture
def history(sessions: Callable[..., PoliteSession]) -> Callable[[Running], History]:
    def build(simulator: Running) -> History:
        url = f"{simulator.url}/r2z2"
        return History(sessions("r2z2", url), url)

    return build


@pytest.fixture
def everef(sessions: Callable[..., PoliteSession], tmp_path: Path) -> Callable[..., EveRef]:
    def build(simulator: Running, manners: Sequence[Manner] = (), **options: Any) -> EveRef:
        url = f"{simulator.url}/everef"
        return EveRef(sessions("everef", url, manners), url, tmp_path / "everef", **options)

    return build
