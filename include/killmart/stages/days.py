"""Loads whole UTC days: list, diff, fetch what is missing from the cheapest source, one batch, one gate, coverage.

`killmails_daily`, `killmails_backfill` and the command line share `load_days`. The days of a call are one batch; a day
whose file is bad is told and left out, the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from killmart.db import batches
from killmart.db.coverage import Coverage, record_coverage
from killmart.db.metrics import record_metrics
from killmart.db.promotion import Promoted
from killmart.db.requests import record_requests
from killmart.errors import GateBlocked, KillmartError
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.stages.build import BatchBuilder
from killmart.stages.day_esi import arrivals_from_esi
from killmart.stages.day_plan import DayPlan, DaySources, arrivals_of_day, plan_day
from killmart.stages.promote import promote
from killmart.stages.validate import validate

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass
class DayResult:
    """What became of one day, in killmails."""

    day: date
    source: str
    expected: int = 0
    known: int = 0
    """In core before."""
    loaded: int = 0
    """In core now."""
    quarantined: int = 0
    missing: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the day failed and nothing is missing."""
        return self.failure is None and not self.missing


@dataclass
class DaysReport:
    """What a call loaded: the days, and what the promotion did to core."""

    days: list[DayResult] = field(default_factory=list)
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    blocked: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every day is complete and no batch was blocked."""
        return self.blocked is None and all(day.is_complete for day in self.days)


def load_days(
    runtime: Runtime,
    days: Sequence[date],
    *,
    source: str = "auto",
    mode: str = "missing",
    progress: Progress | None = None,
) -> DaysReport:
    """Load `days` as one batch and prove their coverage.

    `progress` is called with the days done and still to do. Bad files and bad killmails are in the report; raises
    only where nothing at all can go on.
    """
    started = time.monotonic()
    mine = replace(runtime, owner=f"{runtime.owner} {days[0]}..{days[-1]}")
    report = DaysReport()
    sources = DaySources(runtime)
    plans: list[DayPlan] = []
    batch_id = _build(mine, sources, days, source, mode, plans, report, progress)
    if batch_id is not None:
        _gate_and_promote(mine, batch_id, report)
    _cover(mine, sources, plans, report)
    seconds = time.monotonic() - started
    log.info(
        "%s to %s: %d killmails new, %d changed, %d unchanged, %d to quarantine, %d missing, in %.1f s",
        days[0],
        days[-1],
        report.inserted,
        report.changed,
        report.unchanged,
        report.quarantined,
        sum(len(day.missing) for day in report.days),
        seconds,
    )
    return report


def _build(
    runtime: Runtime,
    sources: DaySources,
    days: Sequence[date],
    source: str,
    mode: str,
    plans: list[DayPlan],
    report: DaysReport,
    progress: Progress | None,
) -> int | None:
    """Fill one batch with what is missing of `days`; None where nothing is."""
    started = time.monotonic()
    with runtime.engine.begin() as connection:
        batches.abandon_unfinished(connection, runtime.owner)
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, source, runtime.dag_id, runtime.run_id)
        builder = BatchBuilder(connection, batch_id)
        for done, day in enumerate(days, 1):
            _add_day(runtime, sources, builder, day, source, mode, plans, report)
            elapsed = time.monotonic() - started
            log.info(
                "%s: %d of %d days, %d killmails, %.0f a second, about %.0f s left",
                day,
                done,
                len(days),
                builder.built.claimed,
                builder.built.claimed / elapsed,
                elapsed / done * (len(days) - done),
            )
            if progress is not None:
                progress(done, len(days) - done)
        built = builder.finish()
        report.quarantined = built.quarantined
        if not built.candidates and not built.quarantined:
            connection.rollback()  # nothing to bring: no batch, no gate
            return None
        record_metrics(
            connection,
            "transform",
            {"killmails": built.claimed, "quarantined_killmails": built.quarantined, "days": len(days)},
            dag_id=runtime.dag_id,
            run_id=runtime.run_id,
            batch_id=batch_id,
        )
    return batch_id


def _add_day(
    runtime: Runtime,
    sources: DaySources,
    builder: BatchBuilder,
    day: date,
    source: str,
    mode: str,
    plans: list[DayPlan],
    report: DaysReport,
) -> None:
    """Plan one day and add what is missing of it; its failure is told and stops nothing else."""
    plan = plan_day(runtime, sources, day, source, mode)
    result = DayResult(day, plan.source, known=len(plan.core.keys() & plan.expected))
    try:
        for chunk in _arrivals(runtime, sources, plan, mode, may_fall_back=source == "auto"):
            builder.add(chunk)
    except KillmartError as error:
        result.failure = f"{day}: {error}"
        log.error("%s", result.failure)
    result.source = plan.source
    result.notes = plan.notes
    for note in plan.notes:
        log.warning("%s", note)
    plans.append(plan)
    report.days.append(result)


def _arrivals(
    runtime: Runtime, sources: DaySources, plan: DayPlan, mode: str, *, may_fall_back: bool
) -> Iterator[list[Arrival]]:
    """What is to be loaded of a day: from its file, and from ESI what the file lacks and is listed."""
    if plan.source == "none":
        return
    left = dict.fromkeys(plan.wanted)
    if plan.source != "esi":
        for chunk in arrivals_of_day(runtime, sources, plan, mode, may_fall_back=may_fall_back):
            for arrival in chunk:
                left.pop(arrival.killmail_id, None)
            yield chunk
        if not may_fall_back:
            return
        if left:
            plan.notes.append(f"{plan.day}: {len(left)} listed killmails are not in the file; ESI is asked for them")
    if left:
        yield from arrivals_from_esi(runtime, plan, list(left))


def _gate_and_promote(runtime: Runtime, batch_id: int, report: DaysReport) -> None:
    try:
        validate(runtime, batch_id)
    except GateBlocked as blocked:
        report.blocked = str(blocked)
        log.error("%s", blocked)
        return
    promoted: Promoted = promote(runtime, batch_id)
    report.inserted, report.changed, report.unchanged = promoted.inserted, promoted.changed, promoted.unchanged


def _cover(runtime: Runtime, sources: DaySources, plans: Sequence[DayPlan], report: DaysReport) -> None:
    """Compare each day with what is there now and keep the result."""
    with runtime.engine.begin() as connection:
        for plan, result in zip(plans, report.days, strict=True):
            if not plan.sources and result.failure is not None:
                continue  # nothing named the day: what was known of its coverage stays
            coverage = _record(connection, plan)
            result.expected, result.loaded = coverage.expected, coverage.loaded
            result.quarantined, result.missing = coverage.quarantined, coverage.missing
            if coverage.missing:
                some = ", ".join(map(str, coverage.missing[:10]))
                log.warning("%s: %d killmails are missing, for example %s", plan.day, len(coverage.missing), some)
        record_requests(connection, [*sources.history.counter.take(), *sources.everef.counter.take()])


def _record(connection: Connection, plan: DayPlan) -> Coverage:
    return record_coverage(connection, plan.day, plan.expected, sorted(set(plan.sources)) or ["core"])
