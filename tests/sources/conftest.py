"""What the tests of the sources share: one installation that several processes can be of, and its upstreams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from killmart.config.connections import Connection
from killmart.sources.bounds import LARGEST_DAY
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.transport.base import Manner
from killmart.sources.transport.bound import Spool
from killmart.sources.transport.session import PoliteSession, build_session
from killmart_demo.app import Running
from support.installation import Installation


@pytest.fixture
def installation(warehouse: Connection, tmp_path: Path) -> Iterator[Installation]:
    """An installation on the test's own warehouse; processes that are still alive at the end are killed."""
    found = Installation(warehouse, tmp_path / "home")
    yield found
    found.close()


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
