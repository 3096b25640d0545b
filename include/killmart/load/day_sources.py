"""The upstreams of whole days, asked in a way that all processes of the installation together keep to their limits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date

import requests
from sqlalchemy import Engine

from killmart.db.budget import pause_service
from killmart.db.pace import SharedPace
from killmart.db.request_stats import record_requests
from killmart.errors import UpstreamError
from killmart.model.request_stats import RequestCount
from killmart.runtime import Runtime
from killmart.sources import everef, history
from killmart.sources.bounds import LARGEST_DAY
from killmart.sources.days import BAN_SECONDS
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.http import Spool, build_session
from killmart.sources.retry import PATIENCE, retry_after

log = logging.getLogger(__name__)

_TOO_MANY_SECONDS = 5.0


class DaySources:
    """The upstreams of whole days, opened once per run; for one thread at a time, which holds `in_use`."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._engine = runtime.engine
        r2z2_url, everef_url = runtime.url(history.SERVICE), runtime.url(everef.NAME)
        self._sessions = (
            build_session(
                history.SERVICE,
                r2z2_url,
                per_second=settings.r2z2_rate,
                contact=settings.contact,
                longest=history.LONGEST_DAY,
                spool=Spool(settings.home_path / "cache", LARGEST_DAY),
            ),
            build_session(everef.NAME, everef_url, per_second=settings.everef_rate, contact=settings.contact),
        )
        # the history is on R2Z2's host: its requests and those of the feed share one pace
        rates = (history.SERVICE, settings.r2z2_rate), (everef.NAME, settings.everef_rate)
        for session, (service, rate) in zip(self._sessions, rates, strict=True):
            session.on_wire = HeedfulPace(runtime.engine, service, rate)
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
        """Close the connections and store what was asked since it was last stored."""
        for session in self._sessions:
            session.close()  # type: ignore[no-untyped-call]
        with self._engine.begin() as connection:
            record_requests(connection, self.take_counts())

    def take_counts(self) -> list[RequestCount]:
        """The requests since the last time."""
        return [*self.history.counter.take(), *self.everef.counter.take()]


class HeedfulPace:
    """The pace that all processes keep with a host; one that bans (403) or slows down (429) is left alone by all."""

    def __init__(self, engine: Engine, service: str, per_second: float) -> None:
        self._engine = engine
        self._service = service
        self._pace = SharedPace(engine, service, per_second, PATIENCE)

    def __call__(self, send: Callable[[], requests.Response]) -> requests.Response:
        response = self._pace(send)
        if response.status_code in (403, 429):
            seconds = BAN_SECONDS if response.status_code == 403 else retry_after(response, _TOO_MANY_SECONDS)
            with self._engine.begin() as connection:
                pause_service(connection, self._service, seconds, f"answered {response.status_code}")
        return response
