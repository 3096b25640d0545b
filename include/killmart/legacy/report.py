"""What an import from the older service came to: counts that add up, days to load, what could not be taken and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from killmart.legacy.reading import Trouble
from killmart.load.day_plan import FEW, FIRST_DAY
from killmart.load.day_report import DaysReport
from killmart.model.waits import LONGEST_RECHECK

MOST_NAMED = 20
"""So many rows of one reason are named; of more only the number."""

RECHECK_SECONDS = LONGEST_RECHECK
"""How long killmails whose days are better had from archives wait for that, before ESI is asked for them."""

NO_ID = "no_id"
NOWHERE_TO_LOOK = "nowhere_to_look"
NO_KILL_ROW = "no_kill_row"
HASH_REFUSED = "hash_refused"
NOT_IN_DAY = "not_in_day"
HASH_DIFFERS = "hash_differs"

REASONS = {
    NO_ID: "has no id that a killmail can have; its row is in the file of refused rows",
    NOWHERE_TO_LOOK: "has neither a hash nor a usable kill time, so nobody can be asked for it; it is in quarantine",
    NO_KILL_ROW: "has only victim, attacker or character rows, and no kill or loss; it is in quarantine",
    HASH_REFUSED: "has a hash that ESI refuses and no usable kill time; it is in staging as `gone`",
    NOT_IN_DAY: "has no hash that leads anywhere, and its day, which the warehouse has complete, does not have it: "
    "the old time is wrong, or no source ever had it; loading the day again brings nothing",
}
TROUBLES = {
    Trouble.HASH_UNREADABLE: "the hash is no 40 hexadecimal digits; it counts as not there",
    Trouble.HASHES_CONTRADICT: "two rows have two hashes; the one that victim, final blow, ship and time give counts",
    Trouble.TIME_UNREADABLE: "a kill time cannot be read; it counts as not there",
    Trouble.TIMES_CONTRADICT: "two rows have two kill times; the earlier one names the day, no hash is worked out",
    Trouble.TIME_OF_IMPORT: "the time of a loss has a fraction of a second, or its ship is 0: it is when the old "
    "service wrote the row, and counts as not there",
    Trouble.VALUE_UNVOUCHED: "a value has neither points nor labels in its own row; the old service wrote 1,000,000 or "
    "a count of items there, so it is left out",
    Trouble.VALUE_UNREADABLE: "a value is no amount of ISK; it is left out",
    Trouble.POINTS_UNREADABLE: "points are no number; they are left out",
    Trouble.LABELS_UNREADABLE: "labels are no list of words; they are left out",
    Trouble.FLAGS_CONTRADICT: "npc, solo or awox is not what the labels say; the labels count",
    Trouble.FLAGS_UNVOUCHED: "npc, solo and awox come without labels that vouch for them; they are left out",
    HASH_DIFFERS: "the warehouse knows it by another hash, which counts",
}


@dataclass
class Tally:
    """How many killmails one sentence is true of, and the first of them."""

    why: str
    killmails: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """Count one more."""
        self.killmails += 1
        if len(self.examples) < MOST_NAMED:
            self.examples.append(example)


@dataclass
class DaysToLoad:
    """Per UTC day, in killmails: what is to be fetched, and what has no hash by which it could be."""

    to_fetch: Counter[date] = field(default_factory=Counter)
    without_hash: Counter[date] = field(default_factory=Counter)

    def worth_an_archive(self, today: date) -> list[date]:
        """Days whose archive is the cheapest, or the only, way to their killmails, and that can be loaded yet."""
        many = {day for day, count in self.to_fetch.items() if count > FEW}
        return sorted(day for day in many | self.without_hash.keys() if FIRST_DAY <= day < today)


@dataclass
class ImportReport:
    """What was made of the old database, in killmails where nothing else is said.

    read = staged + valued + known + without_hash + not_in_day + refused.
    """

    is_dry_run: bool = False
    rows: int = 0
    """Rows of kills and losses."""
    read: int = 0
    """Killmails that they, or other rows, are about; a row without an id counts as one."""
    staged: int = 0
    """New to the warehouse, and put into staging by id and hash."""
    valued: int = 0
    """Known to the warehouse, which got their zkb block."""
    known: int = 0
    """Known to the warehouse, with all that the old rows could add."""
    without_hash: int = 0
    """Not known and without a hash, or with one that ESI refuses: the lists of their days have the right one."""
    not_in_day: int = 0
    """Not known and without a hash, and their days, complete in the warehouse, do not have them."""
    refused: int = 0
    hashes_worked_out: int = 0
    """Of those read."""
    without_victim: int = 0
    without_attackers: int = 0
    without_characters: int = 0
    duplicates: int = 0
    """Killmails with more than one row of the same table."""
    waiting_for_archives: int = 0
    """Of those staged: ESI is asked for them only after RECHECK_SECONDS, since their days' archives are cheaper."""
    refusals: dict[str, Tally] = field(default_factory=dict)
    troubles: dict[str, Tally] = field(default_factory=dict)
    days: DaysToLoad = field(default_factory=DaysToLoad)
    backfilled: DaysReport | None = None
    refused_rows_file: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was read is in staging or known, and every day that was loaded is complete."""
        is_loaded = self.backfilled is None or self.backfilled.is_complete
        return not (self.refused or self.without_hash or self.not_in_day) and is_loaded

    @property
    def is_idle(self) -> bool:
        """Whether a run that writes would find nothing to write."""
        return not (self.staged or self.valued or self.refused)

    def refuse(self, reason: str, example: str) -> None:
        """Count a killmail that cannot be taken."""
        self.refused += 1
        self.refusals.setdefault(reason, Tally(REASONS[reason])).add(example)

    def miss(self, example: str) -> None:
        """Count a killmail that its complete day does not have."""
        self.not_in_day += 1
        self.refusals.setdefault(NOT_IN_DAY, Tally(REASONS[NOT_IN_DAY])).add(example)

    def trouble(self, kind: str, example: str) -> None:
        """Count a part that is left out of a killmail."""
        self.troubles.setdefault(str(kind), Tally(TROUBLES[kind])).add(example)

    def commands(self) -> list[str]:
        """The commands that load the days which are better had from their archives."""
        days = self.days.worth_an_archive(datetime.now(UTC).date())
        return [f"python -m killmart backfill {first} {last}" for first, last in ranges(days)]

    def advice(self) -> list[str]:
        """What is left to do, in sentences, apart from the commands."""
        said = list(self.notes)
        today = datetime.now(UTC).date()
        young = sum(count for day, count in self.days.without_hash.items() if day >= today)
        if young:
            said.append(f"{young} killmails without a hash are of days that are not over yet; run this again tomorrow.")
        if self.waiting_for_archives:
            said.append(
                f"{self.waiting_for_archives} killmails wait for the archives of their days until "
                f"{today + timedelta(seconds=RECHECK_SECONDS)}; "
                "whatever no archive has brought by then, ESI is asked for."
            )
        return said


def ranges(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Sorted days as ranges of days that follow each other, both ends included."""
    first = last = None
    for day in days:
        if last is not None and day - last > timedelta(days=1):
            yield first or last, last
            first = None
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last


def as_counts(report: ImportReport) -> dict[str, Any]:
    """The report as one JSON object; days as text, so that they can be its keys."""
    counts = {
        name: getattr(report, name)
        for name in (
            *("is_dry_run", "rows", "read", "staged", "valued", "known", "without_hash", "not_in_day", "refused"),
            *("hashes_worked_out", "waiting_for_archives", "duplicates"),
            *("without_victim", "without_attackers", "without_characters"),
        )
    }
    return counts | {
        "refusals": {name: vars(tally) for name, tally in report.refusals.items()},
        "troubles": {name: vars(tally) for name, tally in report.troubles.items()},
        "days_without_hash": {str(day): count for day, count in sorted(report.days.without_hash.items())},
        "days_to_fetch": {str(day): count for day, count in sorted(report.days.to_fetch.items())},
        "commands": report.commands(),
        "refused_rows_file": report.refused_rows_file,
        "notes": report.advice(),
    }
