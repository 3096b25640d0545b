"""The upstreams of whole days, asked in a way that all processes of the installation together keep to their limits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import date
from functools import partial

from killmart.db.locks import exclusive
from killmart.db.manners import shared_manners
from killmart.db.request_stats import record_requests
from killmart.errors import UpstreamError
from killmart.model.request_stats import RequestCount
from killmart.runtime import Runtime
from killmart.sources import everef, history
from killmart.sources.bounds import LARGEST_DAY
from killmart.sources.days import quiet_asked
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.retry import PATIENCE
from killmart.sources.transport.bound import Spool
from killmart.sources.transport.session import build_session

log = logging.getLogger(__name__)


class DaySources:
    """The upstreams of whole days, opened once per run; for one thread at a time, which holds `in_use`."""

    def __init__(self, runtime: Runtime, totals: Mapping[date, int] | None = None) -> None:
        """`totals` are those of another one, which asked for them a moment ago."""
        settings = runtime.settings
        self._engine = runtime.engine
        r2z2_url, everef_url = runtime.url(history.SERVICE), runtime.url(everef.NAME)
        shared = partial(shared_manners, self._engine, patience=PATIENCE, quiet_asked=quiet_asked)
        self._sessions = (
            build_session(
                history.SERVICE,
                r2z2_url,
                # the history is on R2Z2's host: its requests and those of the feed share one pace
                manners=shared(history.SERVICE, settings.r2z2_rate),
                contact=settings.contact,
                longest=history.LONGEST_DAY,
                spool=Spool(settings.home_path / "cache", LARGEST_DAY),
            ),
            build_session(
                everef.NAME,
                everef_url,
                manners=shared(everef.NAME, settings.everef_rate, at_once=everef.ARCHIVES_AT_ONCE),
                contact=settings.contact,
            ),
        )
        # archives are kept in this home, whose processes all work for one warehouse, which has the lock of each
        self.in_use = threading.Lock()
        self._totals = totals
        self.history = History(self._sessions[0], r2z2_url)
        kept = settings.home_path / "cache" / "everef"
        self.everef = EveRef(self._sessions[1], everef_url, kept, alone=partial(exclusive, self._engine, wait=True))

    def totals(self) -> Mapping[date, int]:
        """How many killmails each day has by the fuller of the totals; of one upstream where the other is away."""
        if self._totals is None:
            found: dict[date, int] = {}
            for upstream in (self.history, self.everef):
                try:
                    for day, count in upstream.totals().items():
                        found[day] = max(count, found.get(day, 0))
                except UpstreamError as error:
                    log.warning("no totals: %s", error)
            self._totals = found
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
