"""One UTC day on its way into a batch: planned, then looked for where its plan says, in that order, then compared."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from killmart.day_sources import DaySources
from killmart.db import staging
from killmart.db.coverage import candidates_among, quarantine_nameless, record_coverage
from killmart.errors import KillmartError
from killmart.load.build import BatchBuilder
from killmart.load.collector import seldom_collecting
from killmart.load.day_bodies import (
    DayFile,
    NoFileError,
    arrivals_of_esi,
    arrivals_of_file,
    arrivals_of_staging,
    open_file,
)
from killmart.load.day_plan import ESI_MOST, KNOWN_DIFFERENCES, DayPlan, Notes, Origin, plan_day
from killmart.load.day_report import DayResult
from killmart.model.ref import Arrival, Ref
from killmart.reference.prices import ensure_prices
from killmart.runtime import Runtime
from killmart.transform.defects import Reason

MOST_LATE = timedelta(days=2)
"""A day this young that no total, list or file has is not published yet: the sources write about 06:00 UTC."""
_FILES = ("everef", "history")
_BASIS = {"everef": "everef", "history": "raw", "esi": "esi"}
"""How quality.day_coverage names what an expectation rests on."""


class DaysBatch:
    """A batch that takes up days, and knows which day and file brought each killmail first."""

    def __init__(self, builder: BatchBuilder) -> None:
        self.builder = builder
        self.brought: dict[int, tuple[date, str]] = {}

    def add(self, chunk: list[Arrival], day: date, file: str, notes: Notes) -> None:
        """Add what the batch has not got from elsewhere; what was refused there gets its chance here."""
        again = [arrival.killmail_id for arrival in chunk if arrival.killmail_id in self.brought]
        taken = candidates_among(self.builder.connection, self.builder.built.batch_id, again) if again else set()
        for killmail_id in sorted(taken):
            former_day, former = self.brought[killmail_id]
            if former == file:
                notes.add(f"killmail {killmail_id} is in {file} twice, with two bodies; the first one is taken")
            elif former_day != day:
                notes.add(f"killmail {killmail_id} is in {file} and in {former} ({former_day}), from where it is taken")
        kept = [arrival for arrival in chunk if arrival.killmail_id not in taken]
        self.brought.update(dict.fromkeys((arrival.killmail_id for arrival in kept), (day, file)))
        self.builder.add(kept)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Take all back that the block has added where it raises a KillmartError."""
        brought = dict(self.brought)
        try:
            with self.builder.whole():
                yield
        except KillmartError:
            self.brought = brought
            raise


@dataclass(frozen=True)
class PlannedDay:
    """A day that is planned, with its file opened where that is what its plan tries first, or why it is not open."""

    plan: DayPlan
    notes: Notes
    file: DayFile | KillmartError | None


def planned(runtime: Runtime, sources: DaySources, day: date, source: str, mode: str) -> PlannedDay:
    """Plan a day, have prices for it, and open its file; what fails is noted, and stops nothing else."""
    notes = Notes(day)
    with sources.in_use:
        plan = plan_day(runtime, sources, day, source, mode, notes)
        if plan.tries:
            ensure_prices(runtime, sources.everef, day)
    if not plan.tries or plan.tries[0] not in _FILES:
        return PlannedDay(plan, notes, None)
    try:
        with sources.in_use:
            return PlannedDay(plan, notes, open_file(sources, day, plan.tries[0]))
    except KillmartError as error:
        return PlannedDay(plan, notes, error)


@dataclass(frozen=True)
class LoadedDay:
    """What is kept of a day once it is in its batch, until its coverage is known."""

    result: DayResult
    notes: Notes
    named: array[int]
    """Every id that is expected, packed: a batch has many days."""
    basis: set[str]
    """What the expectation rests on."""
    counted: int
    refused: list[Ref]
    """What ESI did not give."""

    def cover(self, connection: Connection) -> None:
        """Compare the day with what is there now and keep the result; stage what ESI may give later."""
        result, day = self.result, self.result.day
        if not self.basis and not result.is_unpublished:
            return  # nothing named the day: what was known of its coverage stays
        coverage = record_coverage(connection, day, self.named, sorted(self.basis))
        result.expected, result.loaded = coverage.expected, coverage.loaded
        result.quarantined, result.missing = coverage.quarantined, coverage.missing
        if coverage.missing:
            some = ", ".join(map(str, coverage.missing[:10]))
            self.notes.add(f"{len(coverage.missing)} killmails are missing, for example {some}")
        missing = set(coverage.missing)
        later = [ref for ref in self.refused if ref.killmail_id in missing]
        if later:
            staging.stage(connection, "list", later)
            self.notes.add(f"{len(later)} killmails that ESI did not give are staged, to be asked for again")
        unnamed = self.counted - KNOWN_DIFFERENCES.get(day, 0) - coverage.expected
        if unnamed > 0 and result.failure is None:
            result.failure = (
                f"{day}: the upstreams' totals count {self.counted} killmails, but list and files name only "
                f"{coverage.expected}; the other {unnamed} are not known by id. A later run finds them once they are "
                "there."
            )


class DayLoad:
    """Brings what is missing of one planned day into a batch."""

    def __init__(self, runtime: Runtime, sources: DaySources, day: PlannedDay, batch: DaysBatch) -> None:
        self._runtime = runtime
        self._sources = sources
        self._plan, self._notes, self._file = day.plan, day.notes, day.file
        self._batch = batch
        self._expected = set(day.plan.expected)
        self._refused: dict[int, str] = {}
        self._basis = {"list"} if day.plan.is_listed else set()
        self._absent: set[Origin] = set()
        self._has_file = self._has_asked = False
        self._source: str = day.plan.tries[0] if day.plan.tries else "none"

    def load(self) -> LoadedDay:
        """Look for the bodies where the plan says; why the day is not whole then is in the result."""
        plan = self._plan
        result = DayResult(plan.day, self._source, known=len(plan.core), notes=self._notes.sentences)
        try:
            with seldom_collecting():
                self._look()
        except KillmartError as error:
            result.failure = f"{plan.day}: {error}"
            is_young = datetime.now(UTC).date() - plan.day <= MOST_LATE
            is_nowhere = self._absent.issuperset(_FILES) and plan.has_no_list and not plan.counted
            result.is_unpublished = is_young and is_nowhere
        result.source, result.expected, result.loaded = self._source, len(self._expected), len(plan.core)
        if not self._basis:  # else `cover` finds them, and a day's killmails are many
            result.missing = sorted(self._expected - plan.core.keys())
        refused = [Ref(one, plan.hashes[one]) for one in self._refused]
        return LoadedDay(result, self._notes, array("q", self._expected), self._basis, plan.counted, refused)

    @property
    def _unobtained(self) -> set[int]:
        """What ESI did not give and core has not got."""
        return self._refused.keys() - self._plan.core.keys()

    def _look(self) -> None:
        """Try the sources in order, until nothing is left to look for. Raises why the day is not whole."""
        failure: KillmartError | None = None
        for place, source in enumerate(self._plan.tries):
            if source == "staging":
                self._add(arrivals_of_staging(self._runtime, self._plan), source)
            elif source == "esi" and place == 0:
                self._ask_first()
            elif source == "esi":
                failure = self._ask_for_rest(failure)
            elif not self._has_file and (not self._has_asked or self._unobtained):
                failure = self._take_file(source, failure)
        if failure is not None:
            raise failure

    def _add(self, chunks: Iterable[list[Arrival]], file: str) -> None:
        for chunk in chunks:
            self._batch.add(chunk, self._plan.day, file, self._notes)

    def _ask_first(self) -> None:
        """Ask ESI for all that is wanted."""
        if not self._plan.is_listed:
            raise KillmartError("ESI takes killmails by id and hash, so without a day list nothing can be asked of it.")
        self._ask(self._plan.wanted)
        if len(self._plan.tries) > 1 and self._unobtained:
            self._notes.add("what ESI does not give is looked for in the archive of the day")

    def _ask_for_rest(self, failure: KillmartError | None) -> KillmartError | None:
        """Ask ESI for what is left, if that is not too much; returns why the day is not whole all the same."""
        left = self._plan.wanted - self._batch.brought.keys() - self._refused.keys()
        if not left:
            return failure
        if len(left) > ESI_MOST:
            if failure is None:
                self._notes.add(
                    f"{len(left)} listed killmails are in no file, too many for ESI; load the day with the source esi"
                )
            return failure
        self._notes.add(f"{len(left)} listed killmails are in no file; ESI is asked for them. {failure or ''}".rstrip())
        self._source = self._source if failure is None else "esi"
        self._ask(left)
        return None

    def _ask(self, ids: Iterable[int]) -> None:
        self._has_asked = True
        self._basis.add("esi")
        refused: dict[int, str] = {}
        self._add(arrivals_of_esi(self._runtime, self._plan, sorted(ids), refused), "ESI")
        self._refused |= refused
        self._notes.add_each(
            (f"ESI does not give killmail {one}: {error}" for one, error in refused.items()), "that ESI refuses"
        )

    def _take_file(self, source: Origin, failure: KillmartError | None) -> KillmartError | None:
        """Add what is missing out of the day's file, all of it or nothing; returns why it is nothing."""
        if failure is not None:
            self._notes.add(f"{failure} The raw day of the history is tried in its place.")
        self._source = source
        notes = Notes(self._plan.day)
        try:
            file = self._opened(source)
            with self._batch.whole():
                self._read(file, notes)
        except KillmartError as error:
            if isinstance(error, NoFileError):
                self._absent.add(source)
            return error
        self._has_file = True
        self._basis.add(_BASIS[source])
        self._expected |= file.named
        self._notes.sentences += notes.sentences
        return None

    def _opened(self, source: Origin) -> DayFile:
        """The day's file, opened ahead if it is the first place to look."""
        file, self._file = self._file, None
        if isinstance(file, KillmartError):
            raise file
        if file is not None:
            return file
        with self._sources.in_use:
            return open_file(self._sources, self._plan.day, source)

    def _read(self, file: DayFile, notes: Notes) -> None:
        """Add the killmails of a file. Raises TooMuchRefusedError where it is mostly junk."""
        builder, day = self._batch.builder, self._plan.day
        before = builder.refused_bytes
        for chunk in arrivals_of_file(self._runtime, self._plan, file, notes):
            self._batch.add(chunk, day, file.name, notes)
            file.refuse_too_much(day, builder.refused_bytes - before + file.nameless_bytes)
        if file.nameless:
            count = len(file.nameless)
            notes.add(f"{count} members of {file.name} name no killmail; they are in quarantine")
            builder.built.quarantined += quarantine_nameless(
                builder.connection,
                builder.built.batch_id,
                file.nameless,
                reason=Reason.UNREADABLE_PACKAGE,
                detail=f"a member of {file.name} names no killmail",
                feed=file.source,
            )
