"""What a load of days came to, day by day and in sum; plain data for the log, XCom and the command line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from killmart.load.batch import Loaded


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
class DaysReport(Loaded):
    """What a call loaded: what its batches did, and the days."""

    days: list[DayResult] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every day is complete and no batch was blocked."""
        return not self.blocked and all(day.is_complete for day in self.days)

    def add(self, other: DaysReport) -> None:
        """Add another report to this one."""
        self.count(other)
        self.days += other.days


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
        "blocked": "; ".join(report.blocked) or None,
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
