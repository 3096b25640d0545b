"""Sums over days and shares over runs, from the daily sums that the warehouse keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from killmart.db.reading import Row
from killmart.text import percent_of

TREND_DAYS = 30
"""Days that trends go back, today included."""
_COUNTS = ("runs", "claimed", "promoted", "quarantined", "known", "gone")


def daily_totals(rows: Iterable[Row], first: date, last: date) -> list[Row]:
    """One row per day from `first` to `last`: counts in killmails, and the runs by outcome."""
    days: dict[date, Row] = {
        day: {"day": day, "outcomes": {}, **dict.fromkeys(_COUNTS, 0)} for day in _span(first, last)
    }
    for row in rows:
        day = days.get(row["day"])
        if day is not None:
            day["outcomes"][row["outcome"]] = row["runs"]
            for name in _COUNTS:
                day[name] += row[name]
    return list(days.values())


def pass_rates(rows: Iterable[Row], first: date, last: date) -> list[Row]:
    """One row per expectation, the least met first: runs, failures, percent met, and the percent of each day.

    `rows` are its days, sorted by table and name.
    """
    found = []
    for (table_name, expectation), group in groupby(rows, key=lambda row: (row["table_name"], row["expectation"])):
        days = list(group)
        by_day = {row["day"]: percent_of(row["runs"] - row["failures"], row["runs"]) for row in days}
        runs = sum(row["runs"] for row in days)
        failures = sum(row["failures"] for row in days)
        found.append(
            {
                "table_name": table_name,
                "expectation": expectation,
                **{name: days[-1][name] for name in ("column_name", "severity", "why")},
                "runs": runs,
                "failures": failures,
                "unexpected": sum(row["unexpected"] for row in days),
                "percent": percent_of(runs - failures, runs),
                "trend": [(day.isoformat(), by_day.get(day)) for day in _span(first, last)],
            }
        )
    order = {"critical": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda row: (row["percent"], order.get(row["severity"], 3), row["table_name"]))


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
