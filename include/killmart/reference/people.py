"""Reference: names of everybody in core, and where the characters seen lately belong, by ESI.

What was asked and when is on the rows of core (`name_at`, `affiliation_at`): that is the cache, and a run that was
stopped halfway goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from killmart.db import reference_people as people
from killmart.db.reference_people import NameAges
from killmart.db.request_stats import record_requests
from killmart.errors import UpstreamError
from killmart.reference.pauses import SharedPauses
from killmart.runtime import Runtime
from killmart.sources.esi import NAME
from killmart.sources.names import ALL_BAD, KNOWN_NAME, MAX_IDS, Affiliation, Bad, Lookups, Name, Resolved
from killmart.sources.transport.session import PoliteSession, build_session
from killmart.timing import Stopwatch, TimeBox

log = logging.getLogger(__name__)

SEEN_DAYS = 7.0
STALE_NAME_DAYS = 1.0
DUE_AT_ONCE = 20 * MAX_IDS
"""Due ids that are read at once."""


@dataclass
class LookupReport:
    """What came of it, in ids; `is_done` unless the time box ended before everybody was asked for."""

    asked: int = 0
    found: int = 0
    bad: int = 0
    is_done: bool = False


def fill_names(runtime: Runtime, seconds: float | None = None, ages: NameAges | None = None) -> LookupReport:
    """Ask ESI for the names that are due (core/select_due_names.sql has the rule) until none is, or `seconds` are over.

    Raises UpstreamError where ESI is away; what it answered before that is kept.
    """
    ages = ages or NameAges(stale_days=STALE_NAME_DAYS, seen_days=SEEN_DAYS)
    report = LookupReport()
    with _lookups(runtime, "names", report) as (lookups, session):
        box = TimeBox(seconds)
        while not box.is_over:
            with runtime.engine.connect() as connection:
                due = people.select_due_names(connection, ages, DUE_AT_ONCE)
            if not due:
                report.is_done = True
                break
            for start in range(0, len(due), MAX_IDS):
                if box.is_over:
                    break
                _name_some(runtime, lookups, due[start : start + MAX_IDS], box, report)
                _record(runtime, session)
    return report


def fill_affiliations(runtime: Runtime, seconds: float | None = None, seen_days: float = SEEN_DAYS) -> LookupReport:
    """Ask ESI where the characters belong that were seen on kills of the last `seen_days` days, each once a day.

    A kill that is newer than ESI's answer wins over it. A deleted character keeps what its kills said. Raises
    UpstreamError where ESI is away; what it answered before that is kept.
    """
    report = LookupReport()
    with _lookups(runtime, "affiliations", report) as (lookups, session):
        box = TimeBox(seconds)
        after = 0
        while not box.is_over:
            with runtime.engine.connect() as connection:
                due = people.select_due_affiliations(connection, seen_days, after, MAX_IDS)
            if not due:
                report.is_done = True
                break
            after = due[-1]
            _affiliate_some(runtime, lookups, due, box, report)
            _record(runtime, session)
    return report


def _name_some(runtime: Runtime, lookups: Lookups, ids: list[int], box: TimeBox, report: LookupReport) -> None:
    """Names of up to 1,000 ids, committed part by part; the bad ids last, when ESI has shown that it knows others."""

    def store(answer: Resolved[Name]) -> int:
        names = [(row.id, row.category, row.name.replace("\x00", "\ufffd")) for row in answer.rows]
        with runtime.engine.begin() as connection:
            return people.store_names(connection, names, answer.ids)

    bad = _take(lookups.names(ids, box.wait), store, report)
    if len(bad) >= ALL_BAD and len(bad) == len(ids):
        _require(any(isinstance(part, Resolved) for part in lookups.names([KNOWN_NAME], box.wait)), "name", ids)
    if bad:
        log.warning("ESI has no name for %s", _some(bad))
        with runtime.engine.begin() as connection:
            people.store_names(connection, [], bad, is_refused=True)


def _affiliate_some(runtime: Runtime, lookups: Lookups, ids: list[int], box: TimeBox, report: LookupReport) -> None:
    """The same for affiliations of characters."""

    def store(answer: Resolved[Affiliation]) -> int:
        told = {row.character_id: (row.corporation_id, row.alliance_id) for row in answer.rows}
        with runtime.engine.begin() as connection:
            return people.store_affiliations(connection, told, answer.age_seconds)

    bad = _take(lookups.affiliations(ids, box.wait), store, report)
    _require(len(bad) < ALL_BAD or len(bad) < len(ids), "affiliation", ids)
    if bad:
        log.warning("ESI has no affiliation for %s, they may be deleted", _some(bad))
        with runtime.engine.begin() as connection:
            people.mark_asked_affiliations(connection, bad)


def _take(
    parts: Iterator[Resolved[Name] | Bad] | Iterator[Resolved[Affiliation] | Bad],
    store: Callable[..., int],
    report: LookupReport,
) -> list[int]:
    """Store each answer as it comes; returns the bad ids."""
    bad: list[int] = []
    for part in parts:
        if isinstance(part, Bad):
            bad.append(part.eve_id)
            report.asked += 1
        else:
            report.found += store(part)
            report.asked += len(part.ids)
    report.bad += len(bad)
    return bad


def _require(is_esi: bool, kind: str, ids: list[int]) -> None:
    if not is_esi:
        raise UpstreamError(
            f"esi refused each of {len(ids)} ids as one without {kind}, the first of them {ids[0]}; that is not "
            "believed, and nothing was marked. Look at the connection esi in Airflow: does it lead to ESI?"
        )


def _some(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:10])) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")


def _record(runtime: Runtime, session: PoliteSession) -> None:
    with runtime.engine.begin() as connection:
        record_requests(connection, session.counter.take())


@contextmanager
def _lookups(runtime: Runtime, kind: str, report: LookupReport) -> Iterator[tuple[Lookups, PoliteSession]]:
    """ESI's lookups over a session that is closed, counted and logged in the end."""
    watch = Stopwatch()
    settings = runtime.settings
    url = runtime.url(NAME)
    session = build_session(NAME, url, per_second=settings.esi_rate, contact=settings.contact, connections=1)
    try:
        yield Lookups(session, url, SharedPauses(runtime.engine)), session
    finally:
        session.close()  # type: ignore[no-untyped-call]
        _record(runtime, session)
        counts = {"asked": float(report.asked), "found": float(report.found), "bad": float(report.bad)}
        with runtime.engine.begin() as connection:
            runtime.record(connection, kind, counts, watch)
        log.info("%s: %s in %.1f s", kind, report, watch.seconds)
