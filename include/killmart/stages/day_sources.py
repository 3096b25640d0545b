"""The upstreams of whole days, asked in a way that all processes of the installation together keep to their limits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date

import requests
from sqlalchemy import Engine

from killmart.db.budget import pause_service, seconds_paused
from killmart.db.locks import exclusive
from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.runtime import Runtime
from killmart.sources import everef, history
from killmart.sources.days import BAN_SECONDS
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.http import build_session
from killmart.sources.retry import PATIENCE, retry_after

log = logging.getLogger(__name__)

HISTORY_SHARE = 0.4
"""The history's part of `KILLMART_R2Z2_RATE`, beside the feed's: 4 and 10 requests a second; the host allows 15."""
_TOO_MANY_SECONDS = 5.0


class DaySources:
    """The upstreams of whole days, opened once per run; for one thread at a time, which holds `in_use`."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        r2z2_url, everef_url = runtime.url(history.SERVICE), runtime.url(everef.NAME)
        history_rate = settings.r2z2_rate * HISTORY_SHARE
        self._sessions = (
            build_session(
                history.SERVICE,
                r2z2_url,
                per_second=history_rate,
                contact=settings.contact,
                largest=history.LARGEST_DAY,
            ),
            build_session(everef.NAME, everef_url, per_second=settings.everef_rate, contact=settings.contact),
        )
        self._sessions[0].on_wire = _Manners(runtime.engine, history.SERVICE, turns_per_second=history_rate)
        self._sessions[1].on_wire = _Manners(runtime.engine, everef.NAME)
        self.in_use = threading.Lock()
        self._totals: dict[date, int] | None = None
        self.history = History(self._sessions[0], r2z2_url)
        self.everef = EveRef(self._sessions[1], everef_url, settings.home_path / "cache" / "everef")

    def totals(self) -> dict[date, int]:
        """How many killmails each day has by the fuller of the totals; of one upstream where the other is away."""
        if self._totals is None:
            self._totals = {}
            for upstream in (self.history, self.everef):
                try:
                    for day, count in upstream.totals().items():
                        self._totals[day] = max(count, self._totals.get(day, 0))
                except UpstreamError as error:
                    log.warning("no totals: %s", error)
        return self._totals

    def close(self) -> None:
        """Close the connections."""
        for session in self._sessions:
            session.close()  # type: ignore[no-untyped-call]


class _Manners:
    """What a request passes on its way to the wire: the installation's pauses, and its turn where there are turns.

    A host that bans (403) or slows down (429) one process is left alone by all of them, the live feed included.
    """

    def __init__(self, engine: Engine, service: str, turns_per_second: float | None = None) -> None:
        self._engine = engine
        self._service = service
        self._turn_seconds = 0.0 if turns_per_second is None else 1 / turns_per_second

    def __call__(self, send: Callable[[], requests.Response]) -> requests.Response:
        with ExitStack() as stack:
            if self._turn_seconds:  # one request of the installation at a time, and not too soon after the last
                stack.enter_context(exclusive(self._engine, f"{self._service} history", wait=True))
            self._sit_out()
            started = time.monotonic()
            try:
                response = send()
            finally:
                time.sleep(max(0.0, started + self._turn_seconds - time.monotonic()))
        self._heed(response)
        return response

    def _sit_out(self) -> None:
        """Wait for the end of a short pause. Raises UpstreamRefusedError for a long one."""
        with self._engine.connect() as connection:
            seconds = seconds_paused(connection, self._service)
        if seconds > PATIENCE:
            raise UpstreamRefusedError(
                f"{self._service} told us to stay away and is not asked for another {seconds:.0f} s; what is loaded "
                "stays, a run after that time goes on.",
                seconds,
            )
        time.sleep(seconds)

    def _heed(self, response: requests.Response) -> None:
        """Keep what an answer says of staying away, for every process of the installation."""
        if response.status_code not in (403, 429):
            return
        seconds = BAN_SECONDS if response.status_code == 403 else retry_after(response, _TOO_MANY_SECONDS)
        with self._engine.begin() as connection:
            pause_service(connection, self._service, seconds, f"answered {response.status_code}")
