"""Loads whole UTC days: list, diff, fetch what is missing from the cheapest source, one batch, one gate, coverage.

`killmails_daily`, `killmails_backfill` and the command line share `load_days`. The days of a call are one batch; a day
whose file is bad is reported and left out, the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import date
from functools import partial
from typing import TypeVar

from killmart.day_sources import DaySources
from killmart.db.coverage import quarantined_in_batch
from killmart.db.locks import undeadlocked
from killmart.db.request_stats import record_requests
from killmart.load.batch import alone, load_batch, new_batch
from killmart.load.day_load import DayLoad, DaysBatch, LoadedDay, PlannedDay, planned
from killmart.load.day_report import DaysReport
from killmart.quality.gate import import_ahead
from killmart.runtime import Runtime
from killmart.timing import Progress, Stopwatch

log = logging.getLogger(__name__)

Piece = TypeVar("Piece")
Prepared = TypeVar("Prepared")


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
    watch, owner = Stopwatch(), f"{runtime.owner} {days[0]}..{days[-1]}"
    with alone(runtime, owner), closing(DaySources(runtime)) as sources:
        plan = partial(planned, runtime, sources, source=source, mode=mode)
        batch, loaded = undeadlocked(_build, runtime, owner, sources, days, source, plan, progress)
        report = DaysReport(days=[day.result for day in loaded])
        load_batch(runtime, batch.builder.built, report)
        _cover(runtime, sources, batch, loaded)
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
    return report


def _build(
    runtime: Runtime,
    owner: str,
    sources: DaySources,
    days: Sequence[date],
    source: str,
    plan: Callable[[date], PlannedDay],
    progress: Progress | None,
) -> tuple[DaysBatch, list[LoadedDay]]:
    """Fill one batch with what is missing of the days."""
    watch = Stopwatch()
    loaded: list[LoadedDay] = []
    with new_batch(runtime, owner, source, days) as builder:
        batch = DaysBatch(builder)
        for day in one_ahead(plan, days):
            loaded.append(DayLoad(runtime, sources, day, batch).load())
            if builder.built.candidates:
                import_ahead()  # there will be something for the gate to judge
            done, left = len(loaded), len(days) - len(loaded)
            log.info(
                "%s: %d of %d days, %d killmails, %.0f a second, about %.0f s left",
                days[done - 1],
                done,
                len(days),
                builder.built.claimed,
                watch.rate(builder.built.claimed),
                watch.seconds / done * left,
            )
            if progress is not None:
                progress(done, left)
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


def _cover(runtime: Runtime, sources: DaySources, batch: DaysBatch, loaded: Sequence[LoadedDay]) -> None:
    """Compare each day with what is there now, and keep the result."""
    counts, built = sources.take_counts(), batch.builder.built
    with runtime.engine.begin() as connection:
        refused = quarantined_in_batch(connection, built.batch_id) if built.is_kept else {}
        for day in loaded:
            day.cover(connection)
            day.notes.add_each(
                (
                    f"killmail {one} of {batch.brought[one][1]} is in quarantine: {why}"
                    for one, why in refused.items()
                    if one in batch.brought and batch.brought[one][0] == day.result.day
                ),
                "in quarantine",
            )
        record_requests(connection, counts)
