"""Loads whole UTC days: list, diff, fetch what is missing from the cheapest source, gate, promotion, coverage.

Daily loads, backfills and the command line share `load_stretch`. A stretch is one or more chunks of days. Each chunk is
a batch, built and judged for itself, in this process or in others beside it; what passes is promoted together. A day
whose file is bad, or a chunk that fails or is blocked, is reported and left out, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple, TypeVar

from killmart.day_sources import DaySources
from killmart.db.coverage import quarantined_in_batch
from killmart.db.locks import undeadlocked
from killmart.errors import KillmartError
from killmart.load.batch import alone, new_batch, passes
from killmart.load.build import Built
from killmart.load.course import Course
from killmart.load.day_load import DayLoad, DaysBatch, LoadedDay, planned
from killmart.load.day_report import DayResult, DaysReport
from killmart.load.promote import promote_together
from killmart.load.side_by_side import Told, each
from killmart.quality.gate import import_ahead
from killmart.runtime import Runtime
from killmart.timing import Progress, Stopwatch

log = logging.getLogger(__name__)

Piece = TypeVar("Piece")
Prepared = TypeVar("Prepared")
Dates = Sequence[date]


def load_days(
    runtime: Runtime, days: Dates, *, source: str = "auto", mode: str = "missing", progress: Progress | None = None
) -> DaysReport:
    """Load `days` as one batch and prove their coverage: a stretch of one chunk."""
    return load_stretch(runtime, [days], source=source, mode=mode, course=Course(runtime, days, {}, progress))


def load_stretch(
    runtime: Runtime,
    chunks: Sequence[Dates],
    *,
    source: str = "auto",
    mode: str = "missing",
    jobs: int = 1,
    totals: Mapping[date, int] | None = None,
    course: Course | None = None,
) -> DaysReport:
    """Load chunks of days, each as a batch, promote what passes the gate together, and prove the coverage of all.

    `jobs` chunks are built at once. `totals` are the upstreams' where somebody has just asked for them. Bad files, bad
    killmails and what a chunk failed of are in the report. Two calls for the same stretch take turns.
    """
    watch, days = Stopwatch(), [day for chunk in chunks for day in chunk]
    owner = f"{runtime.owner} {days[0]}..{days[-1]}"
    stretch = _Stretch(runtime, source, course or Course(runtime, days, totals or {}))
    with alone(runtime, owner):
        build = partial(build_chunk, runtime, owner, source, mode, totals)
        with closing(each(build, chunks, jobs, stretch.hear)) as outcomes:
            for chunk, outcome in outcomes:
                stretch.take(chunk, outcome)
        stretch.promote()
        stretch.cover()
    _tell(stretch.report, days, watch)
    return stretch.report


class DayRead(NamedTuple):
    """A day is in its batch, which has so many killmails of it; `has_candidates` says whether any are for the gate."""

    day: date
    killmails: int
    has_candidates: bool


@dataclass(frozen=True)
class BuiltChunk:
    """A chunk of days in its batch: what has to be known of it until its days are compared."""

    built: Built
    days: list[LoadedDay]
    refused: dict[int, tuple[date, str]]
    """Killmails that it sent to quarantine: the day and the file that brought them."""

    def fail(self, error: object) -> None:
        """Have the report say of each of its days why the batch came to nothing."""
        for day in self.days:
            day.result.failure = day.result.failure or f"{day.result.day}: {error}"


def build_chunk(
    runtime: Runtime,
    owner: str,
    source: str,
    mode: str,
    totals: Mapping[date, int] | None,
    days: Dates,
    told: Told,
) -> BuiltChunk:
    """Fill a batch with what is missing of some days; each day is told as a DayRead.

    Raises KillmartError where nothing at all can go on.
    """
    with closing(DaySources(runtime, totals)) as sources:
        batch, loaded = undeadlocked(_build, runtime, owner, sources, days, source, mode, told)
    built = batch.builder.built
    with runtime.engine.connect() as connection:
        refused = quarantined_in_batch(connection, built.batch_id) if built.is_kept and built.quarantined else {}
    return BuiltChunk(built, loaded, {one: batch.brought[one] for one in refused if one in batch.brought})


def _build(
    runtime: Runtime, owner: str, sources: DaySources, days: Dates, source: str, mode: str, told: Told
) -> tuple[DaysBatch, list[LoadedDay]]:
    """Fill one batch, in one transaction."""
    loaded: list[LoadedDay] = []
    with new_batch(runtime, owner, source, days) as builder:
        batch = DaysBatch(builder)
        plan = partial(planned, runtime, sources, source=source, mode=mode)
        for day in one_ahead(plan, days):
            before = builder.built.claimed
            loaded.append(DayLoad(runtime, sources, day, batch).load())
            told(DayRead(day.plan.day, builder.built.claimed - before, builder.built.candidates > 0))
    return batch, loaded


def one_ahead(prepare: Callable[[Piece], Prepared], items: Iterable[Piece]) -> Iterator[Prepared]:
    """What `prepare` makes of each item, in order; it is at work on the next while the caller uses the last.

    Worth it where preparing waits or computes without Python's lock (a download, bz2). Two results are in memory at
    most. An error comes where its result would have come.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        current: Future[Prepared] | None = None
        for item in items:
            following = pool.submit(prepare, item)
            if current is not None:
                yield current.result()
            current = following
            del following
        if current is not None:
            yield current.result()


class _Stretch:
    """A stretch on its way: the chunks that were built, and the report on all."""

    def __init__(self, runtime: Runtime, source: str, course: Course) -> None:
        self._runtime = runtime
        self._source = source
        self._course = course
        self._chunks: list[BuiltChunk] = []
        self._passed: dict[int, BuiltChunk] = {}
        self.report = DaysReport()

    def hear(self, told: DayRead) -> None:
        """A day is in its batch; the gate is imported while there is something for it, and only then."""
        if told.has_candidates:
            import_ahead()
        self._course.read(told.day, told.killmails)

    def take(self, days: Dates, outcome: BuiltChunk | KillmartError) -> None:
        """Judge a chunk that was built; where it was not, its days say why."""
        if isinstance(outcome, KillmartError):
            log.error("%s to %s: %s", days[0], days[-1], outcome)
            self.report.days += [DayResult(day, self._source, failure=f"{day}: {outcome}") for day in days]
            self._course.finish(days)
            return
        self._chunks.append(outcome)
        try:
            if passes(self._runtime, outcome.built, self.report):
                self._passed[outcome.built.batch_id] = outcome
        except KillmartError as error:
            outcome.fail(error)

    def promote(self) -> None:
        """Bring to core what passed."""
        promoted = promote_together(self._runtime, list(self._passed)) if self._passed else {}
        for batch_id, chunk in self._passed.items():
            if batch_id in promoted:
                self.report.count(promoted[batch_id])
            else:
                chunk.fail(f"its batch {batch_id} was not promoted, for which the log has the reason.")

    def cover(self) -> None:
        """Compare each day with what is there now, and keep the result."""
        for chunk in self._chunks:
            with self._runtime.engine.begin() as connection:
                refused = quarantined_in_batch(connection, chunk.built.batch_id) if chunk.refused else {}
                for day in chunk.days:
                    day.cover(connection)
                    day.notes.add_each(
                        (
                            f"killmail {one} of {chunk.refused[one][1]} is in quarantine: {why}"
                            for one, why in refused.items()
                            if one in chunk.refused and chunk.refused[one][0] == day.result.day
                        ),
                        "in quarantine",
                    )
            self.report.days += [day.result for day in chunk.days]
            self._course.finish(day.result.day for day in chunk.days)
        self.report.days.sort(key=lambda result: result.day)


def _tell(report: DaysReport, days: Dates, watch: Stopwatch) -> None:
    for result in report.days:
        for note in result.notes:
            log.warning("%s", note)
        if result.failure is not None:
            log.error("%s", result.failure)
    log.info(
        "%s to %s: %d killmails new, %d changed, %d unchanged, %d to quarantine, %d missing, in %.1f s",
        days[0],
        days[-1],
        report.inserted,
        report.changed,
        report.unchanged,
        report.quarantined,
        sum(len(day.missing) for day in report.days),
        watch.seconds,
    )
