"""What the tests of the reference data share: static data, names and prices over real HTTP, and no trait remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from killmart.reference import appraise
from killmart_demo.config import SimulatorConfig
from killmart_demo.esi_limits import ErrorLimit
from killmart_demo.market import market_router, prices_router
from killmart_demo.names import names_router
from killmart_demo.people import People
from killmart_demo.sde import StaticData, sde_router
from killmart_demo.state import SimulatorState
from support.servers import served
from support.upstreams import MakeUpstreams, Request, Tape, Upstreams


@pytest.fixture(autouse=True)
def _forget_traits() -> Iterator[None]:
    """Databases of tests bear names that come again in other test runs' processes; the cache is per process."""
    appraise._traits.clear()
    yield
    appraise._traits.clear()


@pytest.fixture
def make_upstreams() -> Iterator[MakeUpstreams]:
    """`make_upstreams(errors=100, window_seconds=60, clock=…)` serves until the test ends."""
    stack: list[Any] = []

    def make(errors: int = 100, window_seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> Upstreams:
        state = SimulatorState(SimulatorConfig(kills=0))
        kept: list[Request] = []
        limit = ErrorLimit(errors, window_seconds, clock)
        static_data, people = StaticData(), People(state)
        people.nameless.clear()
        people.deleted.clear()
        app = FastAPI()
        app.include_router(sde_router(state, static_data), prefix="/sde")
        app.include_router(names_router(state, people, limit), prefix="/esi")
        app.include_router(prices_router(state), prefix="/esi")
        app.include_router(market_router(state), prefix="/everef")
        server = served(Tape(app, kept))
        stack.append(server)
        return Upstreams(server.__enter__(), static_data, people, limit, kept)

    yield make
    for server in stack:
        server.__exit__(None, None, None)


@pytest.fixture
def upstreams(make_upstreams: MakeUpstreams) -> Upstreams:
    return make_upstreams()
