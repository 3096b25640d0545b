"""How upstreams are asked, by all workers of this installation together, on whatever machine: places, pauses, a pace.

Each manner is called with `send` and calls it when it may; a session minds them in the order of `shared_manners`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from killmart.db.budget import find_pause, note_answer, pause_service
from killmart.db.locks import exclusive
from killmart.db.sql import sql
from killmart.errors import UpstreamRefusedError

_SLACK = 1.1
"""Requests take unequal time to arrive: a tenth slower than the rate, so that they do not come too close together."""
_LOOK_SECONDS = 0.05
"""How long one waits before looking for a free place again."""
_UNWELCOME = frozenset({403, 420, 429})


Sent = Any
"""What comes of sending; db makes no requests, and knows of one that it has a `status_code`."""
Send = Callable[[], Sent]
SharedManner = Callable[[Send], Sent]
QuietAsked = Callable[[Sent], float | None]
"""Seconds of quiet that an answer asks for; None where it asks for none."""


def shared_manners(
    engine: Engine,
    service: str,
    per_second: float,
    patience: float,
    *,
    at_once: int | None = None,
    quiet_asked: QuietAsked | None = None,
) -> list[SharedManner]:
    """What the workers share at `service`, the outermost first: `at_once` places, its pauses, its pace.

    A place is held while one waits for the others, so that two who get one together do not send together.
    """
    manners: list[SharedManner] = [] if at_once is None else [Places(engine, service, at_once)]
    return [*manners, Pause(engine, service, patience, quiet_asked), Pace(engine, service, per_second)]


class Places:
    """`at_once` requests to a service at most; a killed worker's place is free as soon as PostgreSQL misses it."""

    def __init__(self, engine: Engine, service: str, at_once: int) -> None:
        self._engine = engine
        self._names = [f"{service} place {number}" for number in range(at_once)]

    def __call__(self, send: Send) -> Sent:
        """Send as soon as there is a place."""
        while True:
            for name in self._names:
                with exclusive(self._engine, name, wait=False) as ours:
                    if ours:
                        return send()
            time.sleep(_LOOK_SECONDS * (1 + random.random()))


class Pause:
    """Nothing is sent to a service that wants quiet (ops.pauses), whichever worker it asked.

    Where `quiet_asked` is given, what answers say of it is kept for everybody; else whoever asks decides on that.
    """

    def __init__(self, engine: Engine, service: str, patience: float, quiet_asked: QuietAsked | None = None) -> None:
        self._engine = engine
        self._service = service
        self._patience = patience
        self._quiet_asked = quiet_asked

    def __call__(self, send: Send) -> Sent:
        """Send after the pause. Raises UpstreamRefusedError, unsent, where that takes more than `patience` seconds."""
        was_refused = self._sit_out()
        answer = send()
        seconds = None if self._quiet_asked is None else self._quiet_asked(answer)
        if seconds is not None:
            with self._engine.begin() as connection:
                pause_service(connection, self._service, seconds, f"answered {answer.status_code}")
        elif was_refused and answer.status_code not in _UNWELCOME and answer.status_code < 500:
            with self._engine.begin() as connection:
                note_answer(connection, self._service)
        return answer

    def _sit_out(self) -> bool:
        """Wait until there is no pause; returns whether the last thing heard of the service was that it wants one."""
        while True:
            with self._engine.connect() as connection:
                pause = find_pause(connection, self._service)
            if not pause.seconds:
                return pause.refusals > 0
            if pause.seconds > self._patience:
                wait = f"it is asked again in {pause.seconds:.0f} s at the earliest"
                raise UpstreamRefusedError(f"{self._service} asked us to stay away; {wait}.", pause.seconds)
            time.sleep(pause.seconds)


class Pace:
    """`per_second` requests to a service (ops.paces): a session's own rate limit knows of no other process."""

    def __init__(self, engine: Engine, service: str, per_second: float) -> None:
        self._engine = engine
        self._turn = {"service": service, "seconds": _SLACK / per_second}

    def __call__(self, send: Send) -> Sent:
        """Send when it is our turn."""
        with self._engine.begin() as connection:
            wait = connection.execute(sql("ops/upsert_pace"), self._turn).one().wait_seconds
        time.sleep(max(0.0, wait))
        return send()
