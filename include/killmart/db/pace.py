"""The pace of requests to an upstream, kept by all processes of this installation together (ops.paces).

A session's own rate limit knows neither of another process at work nor of the one that ended a moment ago.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Engine

from killmart.db.budget import find_pause, note_answer
from killmart.db.sql import sql
from killmart.errors import UpstreamRefusedError

_SLACK = 1.1
"""Requests take unequal time to arrive: a tenth slower than the rate, so that they do not come too close together."""


class HttpAnswer(Protocol):
    """An answer as far as the pace wants to know."""

    status_code: int


Answer = TypeVar("Answer", bound=HttpAnswer)
_UNWELCOME = frozenset({403, 420, 429})


class SharedPace:
    """`per_second` requests to `service`, none of them during a pause; what a PoliteSession calls `on_wire`."""

    def __init__(self, engine: Engine, service: str, per_second: float, patience: float) -> None:
        self._engine = engine
        self._service = service
        self._turn = {"service": service, "seconds": _SLACK / per_second}
        self._patience = patience

    def __call__(self, send: Callable[[], Answer]) -> Answer:
        """Send when it is time. Raises UpstreamRefusedError, unsent, in a pause of more than `patience` seconds."""
        was_refused = self._sit_out_pause()
        with self._engine.begin() as connection:
            wait = connection.execute(sql("ops/upsert_pace"), self._turn).one().wait_seconds
        time.sleep(max(0.0, wait))
        answer = send()
        if was_refused and answer.status_code not in _UNWELCOME and answer.status_code < 500:
            with self._engine.begin() as connection:
                note_answer(connection, self._service)
        return answer

    def _sit_out_pause(self) -> bool:
        """Wait until there is no pause; returns whether the last thing heard of the service was that it wants one."""
        while True:
            with self._engine.connect() as connection:
                pause = find_pause(connection, self._service)
            if not pause.seconds:
                return pause.refusals > 0
            if pause.seconds > self._patience:
                wait = f"it is asked again in {pause.seconds:.0f} s at the earliest"
                raise UpstreamRefusedError(f"{self._service} told us to stay away; {wait}.", pause.seconds)
            time.sleep(pause.seconds)
