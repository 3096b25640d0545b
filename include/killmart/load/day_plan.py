"""Plans one UTC day: what the sources name, what core has, what is missing, and where to look for it, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, cast, get_args

from sqlalchemy import Connection

from killmart.day_sources import DaySources
from killmart.db.coverage import coverage_between, discarded_kills, kills_of_day, known_kills
from killmart.db.staging import kept_bodies
from killmart.errors import ConfigurationError, UpstreamError
from killmart.model.days import DayList
from killmart.runtime import Runtime

Source = Literal["auto", "everef", "history", "esi"]
Origin = Literal["staging", "everef", "history", "esi"]
"""Where the bodies of a day may come from."""
Mode = Literal["missing", "reload"]

FIRST_DAY = date(2007, 12, 5)
"""The first day of EVE's killmails."""
FEW = 100
"""So many missing killmails of a day come from ESI; for more, a whole archive is the politer request."""
ESI_MOST = 1800
"""So many killmails of a day that no file has are fetched from ESI unasked: what it allows in a quarter of an hour."""
LIST_SHRINKS = 0.99
"""A list with less than this share of what was expected last time is noted; a few more may be in the archive alone."""
MOST_NOTES = 20
"""So many killmails are listed one by one; of more of the same kind only the number."""


KNOWN_DIFFERENCES: dict[date, int] = {
    # zKillboard's totals are one higher than EVE Ref's for good (looked at on 2026-11-22)
    date(2018, 6, 8): 1,
    date(2018, 6, 10): 1,
    date(2018, 9, 14): 1,
    date(2019, 12, 6): 1,
}
"""UTC day: how many killmails the higher total counts that nobody has; looked at by hand, not chased by the daily run.
Add a day only after looking at both lists."""


class Notes:
    """What went wrong with a day on its way, in sentences for the log and the report."""

    def __init__(self, day: date) -> None:
        self._day = day
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """Keep a sentence."""
        self.sentences.append(f"{self._day}: {sentence}")

    def add_each(self, sentences: Iterable[str], kind: str) -> None:
        """Keep sentences of one kind: the first ones, and how many more there are."""
        every = list(sentences)
        for sentence in every[:MOST_NOTES]:
            self.add(sentence)
        if len(every) > MOST_NOTES:
            self.add(f"and {len(every) - MOST_NOTES} more {kind}")


@dataclass(frozen=True)
class DayPlan:
    """One day before it is loaded: ids and hashes that are expected, those to load, and the sources to try in order."""

    day: date
    mode: str = "missing"
    tries: tuple[Origin, ...] = ()
    """Where bodies are looked for, in this order, until nothing is left to look for; none for a day that is there."""
    hashes: Mapping[int, str] = field(default_factory=dict)
    """What the day list names, with usable hashes."""
    is_listed: bool = False
    has_no_list: bool = False
    """Whether the history answered that it has no list of the day (404)."""
    expected: Set[int] = frozenset()
    """Every id that the list or core of that day names, or that was missing at the last comparison."""
    counted: int = 0
    """How many killmails the fuller of the upstreams' totals counts; 0 where neither does."""
    core: dict[int, str] = field(default_factory=dict)
    """What core has of the day and of the list, with its hashes."""
    of_day: Set[int] = frozenset()
    """What core has of the day by kill time."""
    wanted: Set[int] = frozenset()
    """Listed and not in core with that hash, nor discarded by a person; all that are listed in mode `reload`."""


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


def plan_day(runtime: Runtime, sources: DaySources, day: date, source: str, mode: str, notes: Notes) -> DayPlan:
    """List a day, compare it with core and with the last comparison, and choose the sources; what fails is noted."""
    counted = sources.totals().get(day, 0)
    listed, has_no_list = _list_of(sources, day, notes)
    hashes, ids = (listed.hashes, listed.ids) if listed is not None else ({}, set[int]())
    with runtime.engine.connect() as connection:
        of_day = kills_of_day(connection, day)
        core = of_day | known_kills(connection, list(hashes))
        before = next(iter(coverage_between(connection, day, day)), None)
        wanted = set(hashes) if mode == "reload" else _missing(connection, hashes, core)
    expected, in_quarantine = ids | core.keys(), frozenset[int]()
    if before is not None:
        in_quarantine = frozenset(before.refused_ids)
        expected |= set(before.missing_ids)
        if listed is not None and len(ids) < before.expected * LIST_SHRINKS:
            notes.add(f"the day list names {len(ids)} killmails, {before.expected} were expected last time")
    if listed is not None:
        notes.add_each(
            (f"the day list's entry {one} is not used: {why}" for one, why in listed.skipped.items()), "such entries"
        )
    is_short = counted - KNOWN_DIFFERENCES.get(day, 0) > len(expected | in_quarantine)
    plan = DayPlan(
        day, mode, (), hashes, listed is not None, has_no_list, expected, counted, core, of_day.keys(), wanted
    )
    if source != "auto":
        return replace(plan, tries=(cast(Origin, source),))
    return replace(plan, tries=_cheapest(runtime, plan, is_short=is_short))


def _missing(connection: Connection, hashes: Mapping[int, str], core: Mapping[int, str]) -> set[int]:
    """What is listed and not in core with that hash; what a person has discarded with that hash is not missed."""
    missing = {one for one, its_hash in hashes.items() if core.get(one) != its_hash}
    discarded = discarded_kills(connection, missing)
    return {one for one in missing if not {(one, hashes[one]), (one, None)} & discarded}


def _list_of(sources: DaySources, day: date, notes: Notes) -> tuple[DayList | None, bool]:
    """The day list, None and a note where there is none that can be used; and whether the history has none (404)."""
    try:
        listed = sources.history.day_list(day)
    except UpstreamError as error:
        notes.add(f"there is no day list: {error}")
        return None, False
    if listed is None:
        notes.add("the history has no list of this day (404)")
        return None, True
    if not listed.ids:
        notes.add("the day list is empty, which that of no day is, so it is not believed")
        return None, False
    return listed, False


def _cheapest(runtime: Runtime, plan: DayPlan, *, is_short: bool) -> tuple[Origin, ...]:
    """Nothing for a day that is there, ESI for a few killmails, else the files of the day; each fills the other's gaps.

    What is derived again comes from staging where that still has the bodies of the whole day. `is_short` says that the
    totals count more killmails than are named.
    """
    unknown_hashes = plan.expected - plan.core.keys() - plan.hashes.keys()
    if not plan.is_listed or is_short or unknown_hashes:
        return "everef", "history", "esi"
    if not plan.wanted:
        return ()
    if plan.mode == "reload":
        with runtime.engine.connect() as connection:
            kept = kept_bodies(connection, plan.wanted)
        if all(kept.get(one) == plan.hashes[one] for one in plan.wanted):
            return "staging", "esi"
    return ("esi", "everef", "history") if len(plan.wanted) <= FEW else ("everef", "history", "esi")
