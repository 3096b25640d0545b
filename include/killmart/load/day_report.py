"""What a load of days came to, day by day and in sum; plain data for the log, XCom and the command line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass
class DayResult:
    """What became of one day, in killmails."""

    day: date
    source: str
    expected: int = 0
    known: int = 0
    """Of these, in core before."""
    loaded: int = 0
    """Of these, in core now."""
    quarantined: int = 0
    """Of these, in quarantine now."""
    missing: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str | None = None
    is_unpublished: bool = False
    """Whether it failed because it is so young a day that no source has anything of it yet."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the day failed and nothing is missing."""
        return self.failure is None and not self.missing


@dataclass
class DaysReport:
    """What a call loaded: the days, and what its batches did to core and quarantine, in killmails."""

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

    def add(self, other: DaysReport) -> None:
        """Add another report to this one."""
        self.days += other.days
        self.inserted += other.inserted
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.quarantined += other.quarantined
        self.blocked = "; ".join(filter(None, (self.blocked, other.blocked))) or None


def as_counts(report: DaysReport) -> dict[str, Any]:
    """A report for XCom and JSON: the sums, the days, and those that need a look."""
    return {
        "days": len(report.days),
        "inserted": report.inserted,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "known": sum(day.known for day in report.days),
        "quarantined": report.quarantined,
        "missing": {str(day.day): day.missing for day in report.days if day.missing},
        "failures": [day.failure for day in report.days if day.failure],
        "blocked": report.blocked,
        "per_day": [
            {
                "day": str(day.day),
                "source": day.source,
                "expected": day.expected,
                "known": day.known,
                "loaded": day.loaded,
                "quarantined": day.quarantined,
                "missing": len(day.missing),
                "is_complete": day.is_complete,
            }
            for day in report.days
        ],
    }


def by_source(per_day: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """The counts of days (`as_counts(…)["per_day"]`) added up per source."""
    sums: dict[str, Counter[str]] = {}
    for day in per_day:
        counts = {name: day[name] for name in ("expected", "known", "loaded", "quarantined", "missing")}
        sums.setdefault(day["source"], Counter(days=0)).update({"days": 1, **counts})
    return {source: dict(counts) for source, counts in sorted(sums.items())}
