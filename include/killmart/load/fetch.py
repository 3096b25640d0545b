"""Fetch: asks ESI for the bodies that no source brought.

A chunk of rows stays locked while it is fetched, so two workers never ask for the same killmail, and a killed
worker's rows are free again at once. What came of each request is on its row.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from killmart.db import staging
from killmart.db.budget import TokenBudget
from killmart.db.request_stats import record_requests
from killmart.model.waits import LONGEST_BACKOFF, LONGEST_RECHECK
from killmart.runtime import Runtime
from killmart.sources.esi import Esi, Failed, Fetched, Garbled, Gone, Outcome, Paid, Paused, Rejected, is_cacheable
from killmart.sources.transport.cache import prune_cache
from killmart.sources.transport.session import FOREVER, Cache, build_session
from killmart.timing import Progress, Stopwatch, TimeBox

log = logging.getLogger(__name__)

ASKED_AT_ONCE = 48
"""Killmails that are asked of ESI before their answers are stored."""
MAX_REJECTIONS = 2
RECHECKS = (86_400.0, LONGEST_RECHECK)
"""Seconds after which a killmail that is gone is asked for again, time after time; then it stays gone."""
MAX_GARBLED = 6
"""Attempts after which a body that is no JSON goes to the transform, and so to quarantine."""


@dataclass
class FetchReport:
    """What became of the requests, in killmails; `waiting` are those without a body at the end."""

    outcomes: Counter[str] = field(default_factory=Counter)
    waiting: int = 0

    @property
    def fetched(self) -> int:
        return self.outcomes["fetched"]


def fetch(runtime: Runtime, seconds: float | None = None, progress: Progress | None = None) -> FetchReport:
    """Fetch bodies until nothing is due or the time box ends (`seconds`; None: until nothing is due).

    `progress` is called with the killmails done and still due. Where ESI wants quiet for longer than the time box
    the fetch ends and the next run goes on.
    """
    watch, report = Stopwatch(), FetchReport()
    with asking_esi(runtime, seconds) as esi:
        while esi.goes_on() and _fetch_chunk(runtime, esi, report):
            _tell(runtime, report, watch, progress)
    _finish(runtime, report, watch)
    return report


class EsiRequest(NamedTuple):
    """A killmail to be asked of ESI; `anew` passes the cache by."""

    killmail_id: int
    killmail_hash: str
    anew: bool = False


class EsiAsker:
    """Asks ESI for some killmails at a time, by several threads, and waits where it wants quiet."""

    def __init__(self, esi: Esi, pool: ThreadPoolExecutor, box: TimeBox) -> None:
        self._esi = esi
        self._pool = pool
        self._box = box
        self._pause = 0.0
        self.counter = esi.counter

    def goes_on(self) -> bool:
        """Wait out the quiet that was wanted last; False where the time box is over, or would be."""
        if self._box.is_over:
            log.info("the time box is over; the next run goes on")
            return False
        pause, self._pause = self._pause, 0.0
        if not pause:
            return True
        log.info("ESI's budget is spent for now; it asks for %.1f s of quiet", pause)
        return self._box.wait(pause)

    def ask(self, some: Sequence[EsiRequest]) -> list[Outcome]:
        """What ESI says of each; once there is no budget the rest is Paused, and ESI left alone."""
        is_paused = threading.Event()

        def ask(one: EsiRequest) -> Outcome:
            if is_paused.is_set():
                return Paused(0.0)
            outcome = self._esi.killmail(one.killmail_id, one.killmail_hash, anew=one.anew)
            if isinstance(outcome, Paused):
                is_paused.set()
            return outcome

        outcomes = list(self._pool.map(ask, some))
        self._pause = max((one.seconds for one in outcomes if isinstance(one, Paused)), default=0.0)
        return outcomes


@contextmanager
def asking_esi(runtime: Runtime, seconds: float | None = None) -> Iterator[EsiAsker]:
    """ESI for as many seconds (None: without an end); in the end what was asked and is not counted yet is."""
    with (
        open_esi(runtime) as esi,
        ThreadPoolExecutor(runtime.settings.esi_concurrency, thread_name_prefix="esi") as pool,
    ):
        try:
            yield EsiAsker(esi, pool, TimeBox(seconds))
        finally:
            with runtime.engine.begin() as connection:
                record_requests(connection, esi.counter.take())


@contextmanager
def open_esi(runtime: Runtime) -> Iterator[Esi]:
    """ESI with this installation's cache and budget, for several threads; in the end the cache is within its size."""
    settings = runtime.settings
    url = runtime.url("esi")
    session = build_session(
        "esi",
        url,
        per_second=settings.esi_rate,
        manners=[Paid(TokenBudget(runtime.engine))],
        contact=settings.contact,
        connections=settings.esi_concurrency,
        cache=Cache(settings.esi_cache, FOREVER, is_cacheable),
    )
    try:
        yield Esi(session, url)
    finally:
        session.close()  # type: ignore[no-untyped-call]
        prune_cache(settings.esi_cache, settings.cache_mb * 1024 * 1024)


def _fetch_chunk(runtime: Runtime, esi: EsiAsker, report: FetchReport) -> int:
    """Fetch one chunk; returns how many rows were due."""
    with runtime.engine.begin() as connection:
        due = staging.lock_due(connection, ASKED_AT_ONCE)
        outcomes = esi.ask([EsiRequest(row.killmail_id, row.killmail_hash, row.refetches > 0) for row in due])
        updates = [
            _update(row, outcome, runtime.settings.retry_seconds)
            for row, outcome in zip(due, outcomes, strict=True)
            if not isinstance(outcome, Paused)
        ]
        staging.record_fetches(connection, updates)
        record_requests(connection, esi.counter.take())
    for outcome in outcomes:
        report.outcomes[type(outcome).__name__.lower()] += 1
    return len(due)


def _update(row: Any, outcome: Outcome, retry_seconds: float) -> dict[str, Any]:
    """The row's new state: fetched, gone, or pending with the time of the next attempt."""
    update: dict[str, Any] = {
        "killmail_id": row.killmail_id,
        "state": "pending",
        "body": None,
        "error": None,
        "wait_seconds": None,
        "rejections": row.rejections,
    }
    match outcome:
        case Fetched(body):
            return update | {"state": "fetched", "body": body}
        case Garbled(body, error):
            if row.attempts + 1 >= MAX_GARBLED:  # let the transform judge it, and quarantine keep it
                return update | {"state": "fetched", "body": body}
            return update | {"error": error, "wait_seconds": _backoff(row.attempts, retry_seconds)}
        case Gone(error, is_askable):
            update |= {"rejections": row.rejections + 1}
            return _gone(update, error, row.rejections if is_askable else len(RECHECKS))
        case Rejected(error):
            rejections = row.rejections + 1
            update |= {"rejections": rejections, "error": error}
            if rejections < MAX_REJECTIONS:
                return update | {"wait_seconds": _backoff(0, retry_seconds)}
            return _gone(update, error, rejections - MAX_REJECTIONS)
        case Failed(error):
            return update | {"error": error, "wait_seconds": _backoff(row.attempts, retry_seconds)}
    raise AssertionError(f"no update for {outcome}")


def _gone(update: dict[str, Any], error: str, rechecks: int) -> dict[str, Any]:
    """Gone, but asked for again after a day and after a week: what ESI denies under load it may have after all."""
    wait = RECHECKS[rechecks] if rechecks < len(RECHECKS) else None
    log.warning("killmail %d is gone: %s", update["killmail_id"], error)
    return update | {"state": "gone", "error": error, "wait_seconds": wait}


def _backoff(attempts: int, retry_seconds: float) -> float:
    """Seconds until the next attempt, doubling with each, with a jitter of a fifth."""
    return min(retry_seconds * 2.0 ** min(attempts, 20), LONGEST_BACKOFF / 1.2) * random.uniform(0.8, 1.2)


def _tell(runtime: Runtime, report: FetchReport, watch: Stopwatch, progress: Progress | None) -> None:
    with runtime.engine.connect() as connection:
        due = staging.count_due(connection).due
    done = sum(report.outcomes.values()) - report.outcomes["paused"]
    if progress is not None:
        progress(done, due)
    log.info("%d bodies asked for, %d still due, %.1f a second", done, due, watch.rate(done))


def _finish(runtime: Runtime, report: FetchReport, watch: Stopwatch) -> None:
    with runtime.engine.begin() as connection:
        report.waiting = staging.count_due(connection).pending
        values = {f"{outcome}_killmails": float(count) for outcome, count in report.outcomes.items()}
        runtime.record(connection, "fetch", values | {"waiting_killmails": report.waiting}, watch)
    log.info(
        "%d bodies fetched, %d to be asked again, %d gone, %d still without a body, in %.1f s",
        report.fetched,
        report.outcomes["failed"] + report.outcomes["garbled"] + report.outcomes["rejected"],
        report.outcomes["gone"],
        report.waiting,
        watch.seconds,
    )
