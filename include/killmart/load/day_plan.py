"""Plans one UTC day: what the sources name, what core has, what is missing, and where that comes from cheapest."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, get_args

from killmart.db.coverage import coverage_between, discarded_kills, kills_of_day, known_kills
from killmart.db.staging import kept_bodies
from killmart.errors import ConfigurationError, UpstreamError
from killmart.load.day_sources import DaySources
from killmart.load.known_differences import KNOWN_DIFFERENCES
from killmart.model.days import DayList
from killmart.runtime import Runtime

Source = Literal["auto", "everef", "history", "esi"]
Mode = Literal["missing", "reload"]

FIRST_DAY = date(2007, 12, 5)
"""The first day of EVE's killmails."""
FEW = 100
"""So many missing killmails of a day come from ESI; for more, a whole archive is the politer request."""
LIST_SHRINKS = 0.99
"""A list with less than this share of what was expected last time is noted; a few more may be in the archive alone."""
MOST_NOTES = 20
"""So many killmails are listed one by one; of more of the same kind only the number."""


@dataclass
class DayPlan:
    """One day before it is loaded: ids and hashes that are expected, those to load, and the source."""

    day: date
    hashes: dict[int, str] = field(default_factory=dict)
    """What the day list names, with usable hashes."""
    is_listed: bool = False
    has_no_list: bool = False
    """Whether the history answered that it has no list of the day (404)."""
    expected: set[int] = field(default_factory=set)
    """Every id that the list, the archive or core of that day names, or that was missing at the last comparison."""
    in_quarantine: frozenset[int] = frozenset()
    """What was in quarantine at the last comparison and still is, whoever names it."""
    counted: int = 0
    """How many killmails the fuller of the upstreams' totals counts; 0 where neither does."""
    core: dict[int, str] = field(default_factory=dict)
    """What core has of the day and of the list, with its hashes."""
    of_day: frozenset[int] = frozenset()
    """What core has of the day by kill time."""
    wanted: set[int] = field(default_factory=set)
    """Listed and not in core with that hash, nor discarded by a person; all that are listed in mode `reload`."""
    source: str = "none"
    file: str = ""
    """Where bodies come from, as messages name it."""
    sources: list[str] = field(default_factory=list)
    """What the expectation rests on."""
    nameless: list[bytes] = field(default_factory=list)
    """Members of the file that name no killmail."""
    nameless_bytes: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    """What ESI did not have, and why."""
    named: array[int] = field(default_factory=lambda: array("q"))
    """`expected` once the day is through, packed: a batch of many days keeps little of each."""
    notes: list[str] = field(default_factory=list)
    """What went wrong on the way, in sentences."""

    @property
    def is_short(self) -> bool:
        """Whether the totals count more killmails than are named so far."""
        return self.counted - KNOWN_DIFFERENCES.get(self.day, 0) > len(self.expected | self.in_quarantine)

    def pack(self) -> None:
        """Let go of what is needed no more once the day is in its batch."""
        self.named = array("q", self.expected)
        self.hashes = {one: self.hashes[one] for one in self.refused}
        self.expected, self.wanted, self.core = set(), set(), {}
        self.of_day = self.in_quarantine = frozenset()

    def forget_nameless(self) -> None:
        """Let go of members that name no killmail, once they are in quarantine or refused with their file."""
        self.nameless, self.nameless_bytes = [], 0

    def note(self, sentence: str) -> None:
        """Keep a sentence for the log and the report."""
        self.notes.append(f"{self.day}: {sentence}")

    def note_each(self, sentences: Iterable[str], kind: str) -> None:
        """Keep sentences of one kind: the first ones, and how many more there are."""
        every = list(sentences)
        for sentence in every[:MOST_NOTES]:
            self.note(sentence)
        if len(every) > MOST_NOTES:
            self.note(f"and {len(every) - MOST_NOTES} more {kind}")


def check_range(first: date, last: date, today: date) -> None:
    """Refuse a range that cannot be loaded, in one sentence. Raises ConfigurationError."""
    if last < first:
        raise ConfigurationError(f"The last day {last} is before the first day {first}.")
    if last >= today:
        raise ConfigurationError(
            f"The day {last} is not over yet (UTC); the last day can be {today - timedelta(days=1)} at most."
        )
    if first < FIRST_DAY:
        raise ConfigurationError(f"The first day {first} is before {FIRST_DAY}, the day of the first killmail.")


def check_choice(source: str, mode: str) -> None:
    """Refuse a source or mode that there is not. Raises ConfigurationError."""
    if source not in get_args(Source):
        raise ConfigurationError(f"The source {source!r} is none of {', '.join(get_args(Source))}.")
    if mode not in get_args(Mode):
        raise ConfigurationError(f"The mode {mode!r} is none of {', '.join(get_args(Mode))}.")


def plan_day(runtime: Runtime, sources: DaySources, day: date, source: str, mode: str) -> DayPlan:
    """List a day, compare it with core and with the last comparison, and choose the source; what fails is noted."""
    plan = DayPlan(day, counted=sources.totals().get(day, 0))
    listed = _list_of(sources, plan)
    with runtime.engine.connect() as connection:
        plan.core = kills_of_day(connection, day)
        plan.of_day = frozenset(plan.core)
        before = next(iter(coverage_between(connection, day, day)), None)
        if listed is not None:
            plan.core |= known_kills(connection, list(listed.hashes))
    plan.expected = (listed.ids if listed else set()) | plan.core.keys()
    if before is not None:
        plan.in_quarantine = frozenset(before.refused_ids)
        plan.expected |= set(before.missing_ids)
    if listed is not None:
        plan.is_listed = True
        plan.hashes = dict(listed.hashes)
        plan.sources.append("list")
        if before is not None and len(listed.ids) < before.expected * LIST_SHRINKS:
            plan.note(f"the day list names {len(listed.ids)} killmails, {before.expected} were expected last time")
        plan.note_each(
            (f"the day list's entry {one} is not used: {why}" for one, why in listed.skipped.items()), "such entries"
        )
    plan.wanted = set(plan.hashes) if mode == "reload" else _missing(runtime, plan)
    plan.source = source if source != "auto" else _cheapest(runtime, plan, mode)
    return plan


def _missing(runtime: Runtime, plan: DayPlan) -> set[int]:
    """What is listed and not in core with that hash; what a person has discarded with that hash is not missed."""
    missing = {one for one, its_hash in plan.hashes.items() if plan.core.get(one) != its_hash}
    with runtime.engine.connect() as connection:
        discarded = discarded_kills(connection, missing)
    return {one for one in missing if not {(one, plan.hashes[one]), (one, None)} & discarded}


def _list_of(sources: DaySources, plan: DayPlan) -> DayList | None:
    """The day list; None, and a note, where there is none that can be used."""
    try:
        listed = sources.history.day_list(plan.day)
    except UpstreamError as error:
        plan.note(f"there is no day list: {error}")
        return None
    if listed is None:
        plan.has_no_list = True
        plan.note("the history has no list of this day (404)")
    elif not listed.ids:
        plan.note("the day list is empty, which that of no day is, so it is not believed")
        return None
    return listed


def _cheapest(runtime: Runtime, plan: DayPlan, mode: str) -> str:
    """Nothing for a day that is there, ESI for a few killmails, else the archive of the day.

    What is derived again comes from staging where that still has the bodies of the whole day.
    """
    unknown_hashes = plan.expected - plan.core.keys() - plan.hashes.keys()
    if not plan.is_listed or plan.is_short or unknown_hashes:
        return "everef"
    if not plan.wanted:
        return "none"
    if mode == "reload":
        with runtime.engine.connect() as connection:
            kept = kept_bodies(connection, plan.wanted)
        if all(kept.get(one) == plan.hashes[one] for one in plan.wanted):
            return "staging"
    return "esi" if len(plan.wanted) <= FEW else "everef"
