"""Fetch: asks ESI for the bodies that no source brought.

A chunk of rows stays locked while it is fetched, so two workers never ask for the same killmail, and a killed
worker's rows are free again at once. What came of each request is on its row.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from killmart.db import staging
from killmart.db.budget import TokenBudget
from killmart.db.metrics import record_metrics
from killmart.db.request_stats import record_requests
from killmart.model.waits import LONGEST_BACKOFF, LONGEST_RECHECK
from killmart.runtime import Runtime
from killmart.sources.esi import Esi, Failed, Fetched, Garbled, Gone, Outcome, Paid, Paused, Rejected, is_cacheable
from killmart.sources.transport.cache import prune_cache
from killmart.sources.transport.session import FOREVER, Cache, build_session

log = logging.getLogger(__name__)

CHUNK = 48
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


def fetch(
    runtime: Runtime, seconds: float | None = None, progress: Callable[[int, int], None] | None = None
) -> FetchReport:
    """Fetch bodies until nothing is due or the time box ends (`seconds`; None: until nothing is due).

    `progress` is called with the killmails done and still due. Where ESI wants quiet for longer than the time box
    the fetch ends and the next run goes on.
    """
    started = time.monotonic()
    report = FetchReport()
    with (
        open_esi(runtime) as esi,
        ThreadPoolExecutor(runtime.settings.esi_concurrency, thread_name_prefix="esi") as pool,
    ):
        while True:
            left = None if seconds is None else seconds - (time.monotonic() - started)
            if left is not None and left <= 0:
                log.info("the time box of %.0f s is over", seconds)
                break
            taken, pause = _fetch_chunk(runtime, esi, pool, report)
            if not taken:
                break
            _tell(runtime, report, started, progress)
            if pause:
                if left is not None and pause > left:
                    log.info("ESI asks for %.0f s of quiet; the next run goes on", pause)
                    break
                log.info("ESI's budget is spent for now, waiting %.1f s", pause)
                time.sleep(pause)
    _finish(runtime, report, time.monotonic() - started)
    return report


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


def _fetch_chunk(runtime: Runtime, esi: Esi, pool: ThreadPoolExecutor, report: FetchReport) -> tuple[int, float]:
    """Fetch one chunk; returns how many rows were due and how long to pause before the next."""
    with runtime.engine.begin() as connection:
        due = staging.lock_due(connection, CHUNK)
        outcomes = list(pool.map(_asker(esi), due))
        updates = [
            _update(row, outcome, runtime.settings.retry_seconds)
            for row, outcome in zip(due, outcomes, strict=True)
            if not isinstance(outcome, Paused)
        ]
        staging.record_fetches(connection, updates)
        record_requests(connection, esi.counter.take())
    for outcome in outcomes:
        report.outcomes[type(outcome).__name__.lower()] += 1
    return len(due), max((outcome.seconds for outcome in outcomes if isinstance(outcome, Paused)), default=0.0)


def _asker(esi: Esi) -> Callable[[Any], Outcome]:
    """A function that asks for the body of a row, until once there is no budget: then it leaves ESI alone."""
    paused = threading.Event()

    def ask(row: Any) -> Outcome:
        if paused.is_set():
            return Paused(0.0)
        outcome = esi.killmail(row.killmail_id, row.killmail_hash, anew=row.refetches > 0)
        if isinstance(outcome, Paused):
            paused.set()
        return outcome

    return ask


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


def _tell(runtime: Runtime, report: FetchReport, started: float, progress: Callable[[int, int], None] | None) -> None:
    with runtime.engine.connect() as connection:
        due = staging.count_due(connection).due
    done = sum(report.outcomes.values()) - report.outcomes["paused"]
    if progress is not None:
        progress(done, due)
    log.info("%d bodies asked for, %d still due, %.1f a second", done, due, done / (time.monotonic() - started))


def _finish(runtime: Runtime, report: FetchReport, elapsed: float) -> None:
    with runtime.engine.begin() as connection:
        report.waiting = staging.count_due(connection).pending
        values = {f"{outcome}_killmails": float(count) for outcome, count in report.outcomes.items()}
        record_metrics(
            connection,
            "fetch",
            values | {"waiting_killmails": report.waiting, "seconds": elapsed},
            dag_id=runtime.dag_id,
            run_id=runtime.run_id,
        )
    log.info(
        "%d bodies fetched, %d to be asked again, %d gone, %d still without a body, in %.1f s",
        report.fetched,
        report.outcomes["failed"] + report.outcomes["garbled"] + report.outcomes["rejected"],
        report.outcomes["gone"],
        report.waiting,
        elapsed,
    )
