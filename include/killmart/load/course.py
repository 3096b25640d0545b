"""How far a load of days has come: told in its log, to a progress bar and, of a DAG run, on the page of the run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from killmart.db.metrics import record_figures
from killmart.model.metrics import Gauge
from killmart.runtime import Runtime
from killmart.text import lasting
from killmart.timing import Progress, Stopwatch

log = logging.getLogger(__name__)

USUAL_KILLS = 14_000
"""What a day without a total is taken for: the mean of all days since 2007."""
_READ = 0.5
"""The share of a day's work that is done when it is in its batch; the gate, promotion and comparison follow."""
_NOTED_SECONDS = 30.0
"""How often the page of the run hears of it."""


class Course:
    """The way of some days from nothing to compared; its methods may be called from any thread.

    Days are weighed by the killmails that the totals count (`totals`), since a day of 2008 is a tenth of one of 2021.
    """

    def __init__(
        self, runtime: Runtime, days: Iterable[date], totals: Mapping[date, int], progress: Progress | None = None
    ) -> None:
        self._runtime = runtime
        self._weights = {day: totals.get(day) or USUAL_KILLS for day in days}
        self._shares = dict.fromkeys(self._weights, 0.0)
        self._progress = progress
        self._watch = Stopwatch()
        self._noted: Stopwatch | None = None
        self._lock = threading.Lock()
        self._killmails = 0

    def read(self, day: date, killmails: int) -> None:
        """A day is in its batch, with so many killmails that core had not got."""
        with self._lock:
            self._killmails += killmails
            self._advance([day], _READ)
            read = sum(share > 0 for share in self._shares.values())
            log.info(
                "%s: %d of %d days read, %d killmails, %.0f a second, about %s left",
                day,
                read,
                len(self._shares),
                self._killmails,
                self._watch.rate(self._killmails),
                lasting(self._seconds_left()),
            )

    def finish(self, days: Iterable[date]) -> None:
        """Nothing more will be done for these days now, whatever came of them."""
        with self._lock:
            self._advance(days, 1.0)

    def _advance(self, days: Iterable[date], share: float) -> None:
        self._shares.update(dict.fromkeys(days, share))
        done = self._done()
        if self._progress is not None:
            self._progress(round(done), round(sum(self._weights.values()) - done))
        if self._runtime.run_id is not None and (
            self._noted is None or self._noted.seconds > _NOTED_SECONDS or min(self._shares.values()) == 1.0
        ):
            self._note()

    def _done(self) -> float:
        return sum(self._weights[day] * share for day, share in self._shares.items())

    def _seconds_left(self) -> float:
        done = self._done()
        return self._watch.seconds / done * (sum(self._weights.values()) - done) if done else 0.0

    def _note(self) -> None:
        """Keep it for the page of the run; a load does not fail where that cannot be."""
        self._noted = Stopwatch()
        first, last = min(self._weights), max(self._weights)
        values = {
            "days_read": sum(share > 0 for share in self._shares.values()),
            "days_done": sum(share == 1.0 for share in self._shares.values()),
            "killmails_read": self._killmails,
        }
        figures = [Gauge(metric, f"{first} to {last}", value) for metric, value in values.items()]
        runtime = self._runtime
        try:
            with runtime.engine.begin() as connection:
                record_figures(connection, "progress", figures, dag_id=runtime.dag_id, run_id=runtime.run_id)
        except SQLAlchemyError as error:
            log.warning("how far the load has come is not kept for its page: %s", error)
