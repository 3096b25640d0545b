"""The pace of requests to an upstream, kept by all processes of this installation together (ops.paces).

A session's own rate limit knows neither of another process at work nor of the one that ended a moment ago.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine

from killmart.db.budget import seconds_paused
from killmart.db.sql import sql
from killmart.errors import UpstreamRefusedError

Answer = TypeVar("Answer")

_SLACK = 1.1
"""Requests take unequal time to arrive: a tenth slower than the rate, so that they do not come too close together."""


class SharedPace:
    """`per_second` requests to `service`, none of them during a pause; what a PoliteSession calls `on_wire`."""

    def __init__(self, engine: Engine, service: str, per_second: float, patience: float) -> None:
        self._engine = engine
        self._service = service
        self._turn = {"service": service, "seconds": _SLACK / per_second}
        self._patience = patience

    def __call__(self, send: Callable[[], Answer]) -> Answer:
        """Send when it is time. Raises UpstreamRefusedError, unsent, in a pause of more than `patience` seconds."""
        while paused := self._seconds_paused():
            if paused > self._patience:
                message = f"{self._service} told us to stay away; it is asked again in {paused:.0f} s at the earliest."
                raise UpstreamRefusedError(message, paused)
            time.sleep(paused)
        with self._engine.begin() as connection:
            wait = connection.execute(sql("ops/upsert_pace"), self._turn).one().wait_seconds
        time.sleep(max(0.0, wait))
        return send()

    def _seconds_paused(self) -> float:
        with self._engine.connect() as connection:
            return seconds_paused(connection, self._service)
