"""Loads whole UTC days: list, diff, fetch what is missing from the cheapest source, one batch, one gate, coverage.

`killmails_daily`, `killmails_backfill` and the command line share `load_days`. The days of a call are one batch; a day
whose file is bad is reported and left out, the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from killmart.db import staging
from killmart.db.coverage import candidates_among, quarantine_nameless, quarantined_in_batch, record_coverage
from killmart.db.request_stats import record_requests
from killmart.errors import GateBlocked, KillmartError
from killmart.load.ahead import one_ahead
from killmart.load.build import BatchBuilder, record_built
from killmart.load.day_esi import arrivals_from_esi
from killmart.load.day_files import (
    NoFileError,
    TooMuchRefusedError,
    arrivals_of_file,
    arrivals_of_staging,
    open_file,
    refuse_too_much,
)
from killmart.load.day_plan import DayPlan, plan_day
from killmart.load.day_report import DayResult, DaysReport
from killmart.load.day_sources import DaySources
from killmart.load.known_differences import KNOWN_DIFFERENCES
from killmart.load.promote import promote
from killmart.load.turns import abandon_unfinished, alone, open_batch, undeadlocked
from killmart.load.validate import validate
from killmart.model.days import DayBody
from killmart.model.ref import Arrival, Ref
from killmart.quality.gate import import_ahead
from killmart.reference.prices import ensure_prices
from killmart.runtime import Runtime
from killmart.transform.defects import Reason

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

MOST_LATE = timedelta(days=2)
"""A day this young that no total, list or file has is not published yet: the sources write about 06:00 UTC."""
ESI_MOST = 1800
"""So many killmails of a day that no file has are fetched from ESI unasked: what it allows in a quarter of an hour."""


@dataclass(frozen=True)
class _Order:
    """What is to be loaded, and with what."""

    runtime: Runtime
    sources: DaySources
    days: Sequence[date]
    source: str
    mode: str
    progress: Progress | None


@dataclass(frozen=True)
class _Prepared:
    """A day that is planned, and its file opened where it comes from one, or why that could not be done."""

    plan: DayPlan
    bodies: Iterator[DayBody] | None
    failure: KillmartError | None = None


@dataclass
class _Batch:
    """One attempt to build the batch of an order."""

    batch_id: int | None = None
    plans: list[DayPlan] = field(default_factory=list)
    results: list[DayResult] = field(default_factory=list)
    brought: dict[int, tuple[date, str]] = field(default_factory=dict)
    """Killmail: day and file that brought it first."""
    quarantined: int = 0


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
    only where nothing at all can go on. Two calls for the same days take turns.
    """
    started = time.monotonic()
    mine = replace(runtime, owner=f"{runtime.owner} {days[0]}..{days[-1]}")
    try:
        with alone(mine):
            sources = DaySources(mine)
            try:
                report = _load(_Order(mine, sources, days, source, mode, progress))
            finally:
                sources.close()
    finally:
        mine.engine.dispose()
    log.info(
        "%s to %s: %d killmails new, %d changed, %d unchanged, %d to quarantine, %d missing, in %.1f s",
        days[0],
        days[-1],
        report.inserted,
        report.changed,
        report.unchanged,
        report.quarantined,
        sum(len(day.missing) for day in report.days),
        time.monotonic() - started,
    )
    return report


def _load(order: _Order) -> DaysReport:
    batch = undeadlocked(lambda: _build(order))
    report = DaysReport(days=batch.results, quarantined=batch.quarantined)
    if batch.batch_id is not None:
        gate_and_promote(order.runtime, batch.batch_id, report)
    _cover(order, batch)
    for result in report.days:
        for note in result.notes:
            log.warning("%s", note)
        if result.failure is not None:
            log.error("%s", result.failure)
    return report


def _build(order: _Order) -> _Batch:
    """Fill one batch with what is missing; its `batch_id` is None where nothing is."""
    started = time.monotonic()
    runtime, batch = order.runtime, _Batch()
    abandon_unfinished(runtime)
    with runtime.engine.begin() as connection:
        batch_id = open_batch(runtime, connection, order.source, order.days)
        builder = BatchBuilder(connection, batch_id)
        for done, prepared in enumerate(one_ahead(partial(_prepare, order), order.days), 1):
            _add_day(order, builder, batch, prepared)
            if builder.built.candidates:
                import_ahead()  # there will be something for the gate to judge
            _tell(order, builder, done, time.monotonic() - started)
        built = builder.finish()
        if not built.candidates and not built.quarantined:
            connection.rollback()  # nothing to bring: no batch, no gate
            return batch
        batch.batch_id, batch.quarantined = batch_id, built.quarantined
        record_built(connection, runtime, built, started, days=len(order.days))
    return batch


def _tell(order: _Order, builder: BatchBuilder, done: int, elapsed: float) -> None:
    left = len(order.days) - done
    log.info(
        "%s: %d of %d days, %d killmails, %.0f a second, about %.0f s left",
        order.days[done - 1],
        done,
        len(order.days),
        builder.built.claimed,
        builder.built.claimed / max(elapsed, 0.001),
        elapsed / done * left,
    )
    if order.progress is not None:
        order.progress(done, left)


def _prepare(order: _Order, day: date) -> _Prepared:
    """Plan one day, and open its file where that is where it comes from."""
    with order.sources.in_use:
        plan = plan_day(order.runtime, order.sources, day, order.source, order.mode)
        if plan.source != "none":
            ensure_prices(order.runtime, order.sources.everef, day)
    try:
        return _Prepared(plan, _open(order, plan) if plan.source in ("everef", "history") else None)
    except KillmartError as error:
        return _Prepared(plan, None, error)


def _open(order: _Order, plan: DayPlan) -> Iterator[DayBody]:
    with order.sources.in_use:
        return open_file(order.sources, plan, may_fall_back=order.source == "auto")


def _add_day(order: _Order, builder: BatchBuilder, batch: _Batch, prepared: _Prepared) -> None:
    """Add what is missing of one day; its failure is reported and stops nothing else."""
    plan, day = prepared.plan, prepared.plan.day
    result = DayResult(day, plan.source, known=len(plan.core), notes=plan.notes)
    try:
        _add_arrivals(order, builder, batch, prepared)
    except NoFileError as error:
        result.failure = f"{day}: {error}"
        is_young = datetime.now(UTC).date() - day <= MOST_LATE
        result.is_unpublished = is_young and plan.has_no_list and not plan.counted
    except KillmartError as error:
        result.failure = f"{day}: {error}"
    if plan.nameless:
        detail = f"a member of {plan.file} names no killmail"
        plan.note(f"{len(plan.nameless)} members of {plan.file} name no killmail; they are in quarantine")
        builder.built.quarantined += quarantine_nameless(
            builder.connection,
            builder.built.batch_id,
            plan.nameless,
            reason=Reason.UNREADABLE_PACKAGE,
            detail=detail,
            feed=plan.source,
        )
        plan.forget_nameless()
    result.source, result.expected, result.loaded = plan.source, len(plan.expected), len(plan.core)
    result.missing = sorted(plan.expected - plan.core.keys())
    plan.pack()
    batch.plans.append(plan)
    batch.results.append(result)


def _add_arrivals(order: _Order, builder: BatchBuilder, batch: _Batch, prepared: _Prepared) -> None:
    """Add what is to be loaded of a day; in `auto`, what one source has not got comes from the other."""
    plan, failure = prepared.plan, prepared.failure
    is_auto = order.source == "auto"
    if plan.source == "none":
        return
    if plan.source == "esi":
        if not plan.is_listed:
            raise KillmartError("ESI takes killmails by id and hash, so without a day list nothing can be asked of it.")
        _add(builder, batch, plan, arrivals_from_esi(order.runtime, plan, sorted(plan.wanted)))
        if not is_auto or not plan.refused.keys() - plan.core.keys():
            return
        plan.note("what ESI does not give is looked for in the archive of the day")
        plan.source = "everef"
    if plan.source == "staging":
        _add(builder, batch, plan, arrivals_of_staging(order.runtime, plan))
    elif failure is None:
        try:
            _add_file(order, builder, batch, prepared)
        except KillmartError as error:
            failure = error
    left = sorted(plan.wanted - batch.brought.keys() - plan.refused.keys()) if is_auto else []
    if left and len(left) <= ESI_MOST:
        plan.note(f"{len(left)} listed killmails are in no file; ESI is asked for them. {failure or ''}".rstrip())
        plan.source = plan.source if failure is None else "esi"
        _add(builder, batch, plan, arrivals_from_esi(order.runtime, plan, left))
    elif failure is not None:
        raise failure
    elif left:
        plan.note(f"{len(left)} listed killmails are in no file, too many for ESI; load the day with the source esi")


def _add_file(order: _Order, builder: BatchBuilder, batch: _Batch, prepared: _Prepared) -> None:
    """Add what is missing out of a day's file; in `auto`, the raw day stands in for an archive refused whole."""
    plan = prepared.plan
    try:
        _add_whole(order, builder, batch, plan, prepared.bodies or _open(order, plan))
    except TooMuchRefusedError as error:
        if order.source != "auto" or plan.source != "everef":
            raise
        plan.note(f"{error} The raw day of the history is tried in its place.")
        plan.source = "history"
        _add_whole(order, builder, batch, plan, _open(order, plan))


def _add_whole(order: _Order, builder: BatchBuilder, batch: _Batch, plan: DayPlan, bodies: Iterator[DayBody]) -> None:
    """Add what is missing out of a file, or raise TooMuchRefusedError and leave batch and plan as they were."""
    expected, brought, told = set(plan.expected), dict(batch.brought), len(plan.notes)
    before = builder.refused_bytes
    try:
        with builder.undone_by(TooMuchRefusedError):
            for chunk in arrivals_of_file(order.runtime, plan, bodies, order.mode):
                _add(builder, batch, plan, [chunk])
                refuse_too_much(plan, builder.refused_bytes - before + plan.nameless_bytes)
    except TooMuchRefusedError:
        plan.expected, batch.brought = expected, brought
        plan.sources = [one for one in plan.sources if one in ("list", "esi")]
        del plan.notes[told:]
        plan.forget_nameless()
        raise


def _add(builder: BatchBuilder, batch: _Batch, plan: DayPlan, chunks: Iterable[list[Arrival]]) -> None:
    for chunk in chunks:
        builder.add(_not_taken(builder, batch, plan, chunk))


def _not_taken(builder: BatchBuilder, batch: _Batch, plan: DayPlan, chunk: list[Arrival]) -> list[Arrival]:
    """The chunk less killmails that this batch has from elsewhere; what was refused there gets its chance here."""
    again = [arrival.killmail_id for arrival in chunk if arrival.killmail_id in batch.brought]
    taken = candidates_among(builder.connection, builder.built.batch_id, again) if again else set()
    for killmail_id in sorted(taken):
        day, file = batch.brought[killmail_id]
        if file == plan.file:
            plan.note(f"killmail {killmail_id} is in {file} twice, with two bodies; the first one is taken")
        elif day != plan.day:
            plan.note(f"killmail {killmail_id} is in {plan.file} and in {file} ({day}), from where it is taken")
    origin = (plan.day, plan.file)
    kept = [arrival for arrival in chunk if arrival.killmail_id not in taken]
    batch.brought.update({arrival.killmail_id: origin for arrival in kept})
    return kept


def gate_and_promote(runtime: Runtime, batch_id: int, report: DaysReport) -> None:
    """Send a built batch through the gate and to core; the report gets the counts, or what blocked it."""
    try:
        validate(runtime, batch_id)
    except GateBlocked as blocked:
        report.blocked = str(blocked)
        log.error("%s", blocked)
        return
    promoted = undeadlocked(lambda: promote(runtime, batch_id))
    report.inserted, report.changed, report.unchanged = promoted.inserted, promoted.changed, promoted.unchanged


def _cover(order: _Order, batch: _Batch) -> None:
    """Compare each day with what is there now and keep the result; stage what ESI may give later."""
    counts = order.sources.take_counts()
    with order.runtime.engine.begin() as connection:
        refused = {} if batch.batch_id is None else quarantined_in_batch(connection, batch.batch_id)
        for plan, result in zip(batch.plans, batch.results, strict=True):
            _cover_day(connection, plan, result)
            plan.note_each(
                (
                    f"killmail {one} of {batch.brought[one][1]} is in quarantine: {why}"
                    for one, why in refused.items()
                    if one in batch.brought and batch.brought[one][0] == plan.day
                ),
                "in quarantine",
            )
        record_requests(connection, counts)


def _cover_day(connection: Connection, plan: DayPlan, result: DayResult) -> None:
    if not plan.sources and not result.is_unpublished:
        return  # nothing named the day: what was known of its coverage stays
    coverage = record_coverage(connection, plan.day, plan.named, sorted(set(plan.sources)))
    result.expected, result.loaded = coverage.expected, coverage.loaded
    result.quarantined, result.missing = coverage.quarantined, coverage.missing
    if coverage.missing:
        some = ", ".join(map(str, coverage.missing[:10]))
        plan.note(f"{len(coverage.missing)} killmails are missing, for example {some}")
    later = [Ref(one, plan.hashes[one]) for one in coverage.missing if one in plan.refused]
    if later:
        staging.stage(connection, "list", later)
        plan.note(f"{len(later)} killmails that ESI did not give are staged, to be asked for again")
    unnamed = plan.counted - KNOWN_DIFFERENCES.get(plan.day, 0) - coverage.expected
    if unnamed > 0 and result.failure is None:
        result.failure = (
            f"{plan.day}: the upstreams' totals count {plan.counted} killmails, but list and files name only "
            f"{coverage.expected}; the other {unnamed} are not known by id. A later run finds them once they are there."
        )
