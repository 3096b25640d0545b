"""Our own threads inside the api-server: Airflow's are never taken, and no work in ours is without an end.

FastAPI runs what is not `async` in the event loop's default threads, 40 for all. In the api-server those answer
Airflow's UI, health checks and running tasks as well, so whatever of ours may wait is run by `in_own_thread`.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import APIRouter

from killmart.deadline import Deadline

AT_ONCE = 8
"""Requests at work at once, and so threads; Python runs one of them at a time, so more would answer no more."""
PAGE_SECONDS = 10.0
"""Time for all that a page or an answer asks of the warehouse; then it is given up."""
ACTION_SECONDS = 300.0
"""The same for an action: releasing a large batch takes a minute."""

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

_limiter: RunVar[CapacityLimiter] = RunVar("killmart's threads")


def in_own_thread(work: Callable[_Asked, _Answer], *, is_reading: bool = True) -> Callable[_Asked, Awaitable[_Answer]]:
    """`work` as a coroutine function that runs it in one of our threads, with a deadline."""

    @functools.wraps(work)
    async def run(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
        def in_time() -> _Answer:
            with Deadline(PAGE_SECONDS if is_reading else ACTION_SECONDS):
                return work(*args, **kwargs)

        return await run_sync(in_time, limiter=_own_limiter())

    return run


class OwnThreads(APIRouter):
    """A router whose routes, those of included routers among them, run in our threads."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route; GET has PAGE_SECONDS, all else ACTION_SECONDS."""
        is_reading = set(options.get("methods") or ["GET"]) <= {"GET", "HEAD"}
        super().add_api_route(path, in_own_thread(endpoint, is_reading=is_reading), **options)


def _own_limiter() -> CapacityLimiter:
    """The limiter of the event loop that runs now."""
    try:
        return _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(AT_ONCE)
        _limiter.set(limiter)
        return limiter
