"""Prices: what types cost on the days that core has kills on, and today.

The Forge's averages of days that are over come from EVE Ref, each file once; days that are young are asked for again,
since their prices come late and are mended. Today's come from ESI.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from killmart.day_sources import DaySources
from killmart.db import prices
from killmart.db.locks import exclusive, wait_at_most
from killmart.db.prices import PRICES_PATIENCE
from killmart.db.request_stats import record_requests
from killmart.errors import KillmartError, UpstreamRefusedError
from killmart.reference.pauses import SharedPauses
from killmart.runtime import Runtime
from killmart.sources.esi import NAME
from killmart.sources.everef import EveRef
from killmart.sources.market import PRICES_AGE_SECONDS, MarketPrices, is_prices
from killmart.sources.transport.session import Cache, build_session
from killmart.timing import Progress, Stopwatch, TimeBox

log = logging.getLogger(__name__)

PRICED_DAYS = 400
"""Days of one run: some ten minutes at two requests a second."""
MOST_FAILURES = 3
"""So many days in a row that cannot be had end a run: EVE Ref is away rather than one of its files bad."""
ASK_AGAIN_SECONDS = 3600.0
"""A load asks no sooner again for the prices of a young day that were not there."""


@dataclass
class PricesReport:
    """What a run did, in days but for `prices` (stored or removed) and `dropped` (rows without a usable price)."""

    found: int = 0
    absent: int = 0
    failed: int = 0
    prices: int = 0
    dropped: int = 0
    today: int = 0
    """Prices that ESI gave for today."""
    is_done: bool = False
    """Whether no day is left to ask for."""


def fill_prices(
    runtime: Runtime, seconds: float | None = None, most_days: int = PRICED_DAYS, progress: Progress | None = None
) -> PricesReport:
    """Fetch today's prices and those of days with kills that lack them, the newest first.

    Ends after `most_days`, or when `seconds` are over. A day that cannot be fetched is logged and left to the next run;
    raises KillmartError where nothing at all could be had. One process at a time, others wait for it. `progress` gets
    the days done and left.
    """
    watch, report, box = Stopwatch(), PricesReport(), TimeBox(seconds)
    today = datetime.now(UTC).date()
    with exclusive(runtime.engine, "prices", wait=True):
        failures = _fill_today(runtime, today, report)
        failures += _fill_days(runtime, today, box, most_days, report, progress)
    counts = {
        name: float(getattr(report, name)) for name in ("found", "absent", "failed", "prices", "dropped", "today")
    }
    with runtime.engine.begin() as connection:
        runtime.record(connection, "prices", counts, watch)
    log.info("prices: %s in %.1f s", report, watch.seconds)
    if failures and not (report.today or report.found or report.absent):
        raise failures[-1]
    return report


def ensure_prices(runtime: Runtime, everef: EveRef, day: date) -> None:
    """Have the prices of a day here before its killmails are valued.

    Missing prices stop no load: that is logged, and the task `values` brings the values when prices have come.
    """
    try:
        with runtime.engine.connect() as connection:
            wait_at_most(connection, PRICES_PATIENCE)
            known = prices.find_day(connection, day, ASK_AGAIN_SECONDS)
        if known is None or (known.is_due and not known.is_there):
            _fetch_day(runtime, everef, day, PricesReport(), patience=PRICES_PATIENCE)
    except (KillmartError, SQLAlchemyError) as error:
        log.warning("%s: its killmails are loaded without the prices of the day, which follow later: %s", day, error)


def _fill_today(runtime: Runtime, today: date, report: PricesReport) -> list[KillmartError]:
    """ESI's prices of now; returns why there are none, if so."""
    url, settings = runtime.url(NAME), runtime.settings
    session = build_session(
        NAME,
        url,
        per_second=settings.esi_rate,
        contact=settings.contact,
        connections=1,
        cache=Cache(settings.esi_cache, timedelta(seconds=PRICES_AGE_SECONDS), is_prices),
    )
    try:
        found = MarketPrices(session, url, SharedPauses(runtime.engine)).today(today)
        with runtime.engine.begin() as connection:
            report.prices += prices.store_prices(connection, found)
        report.today = len(found.cents)
        report.dropped += sum(found.dropped.values())
    except KillmartError as error:
        log.error("no prices of today: %s", error)
        return [error]
    finally:
        session.close()  # type: ignore[no-untyped-call]
        with runtime.engine.begin() as connection:
            record_requests(connection, session.counter.take())
    return []


def _fill_days(
    runtime: Runtime, today: date, box: TimeBox, most_days: int, report: PricesReport, progress: Progress | None
) -> list[KillmartError]:
    """The Forge's prices of days that lack them; returns why days could not be had."""
    with runtime.engine.connect() as connection:
        due = prices.due_days(connection, today, most_days + 1)
    failures: list[KillmartError] = []
    in_a_row = done = 0
    sources = DaySources(runtime)
    try:
        for day in due[:most_days]:
            if box.is_over or in_a_row == MOST_FAILURES:
                break
            try:
                _fetch_day(runtime, sources.everef, day, report)
                in_a_row = 0
            except KillmartError as error:
                log.error("%s: no prices: %s", day, error)
                failures.append(error)
                report.failed += 1
                in_a_row = MOST_FAILURES if isinstance(error, UpstreamRefusedError) else in_a_row + 1
            done += 1
            if progress is not None:
                progress(done, len(due[:most_days]) - done)
    finally:
        sources.close()
    report.is_done = done == len(due) and not report.failed
    return failures


def _fetch_day(
    runtime: Runtime, everef: EveRef, day: date, report: PricesReport, patience: float | None = None
) -> None:
    """Fetch and store one day, in one transaction. Raises UpstreamError where it cannot be had.

    `patience` is how many seconds it waits for somebody who has locked prices.
    """
    found = everef.market_history(day)
    with runtime.engine.begin() as connection:
        if patience is not None:
            wait_at_most(connection, patience)
        if found is None:
            prices.note_absent(connection, day)
            report.absent += 1
            log.info("EVE Ref has no prices of %s (404)", day)
            return
        report.prices += prices.store_prices(connection, found)
    report.found += 1
    report.dropped += sum(found.dropped.values())
    log.info("%s: %d prices, %s dropped", day, len(found.cents), dict(found.dropped) or "none")
