"""Status: what is in the warehouse, what is waiting in staging, what feeds left out, the gate's latest verdict."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from killmart.db import status as counted
from killmart.db.batches import airflows_at_work, told_of
from killmart.db.coverage import coverage_between
from killmart.db.staging import count_ready
from killmart.errors import ConfigurationError
from killmart.runtime import Runtime

COUNTED_SCHEMAS = ("core", "mart", "reference", "quality", "staging")
"""The schemas whose tables people are shown the sizes of."""


def coverage_status(runtime: Runtime, when: str) -> dict[str, Any]:
    """How complete a UTC day (`2026-09-30`) or month (`2026-09`) is; raises ConfigurationError where it is neither."""
    first, last = _range_of(when)
    with runtime.engine.connect() as connection:
        rows = coverage_between(connection, first, last)
    compared = sum(bool(row.sources) for row in rows)  # not with what no source has yet
    days = {
        str(row.day): {
            "expected": row.expected,
            "loaded": row.loaded,
            "quarantined": row.quarantined,
            "missing": list(row.missing_ids),
            "sources": list(row.sources),
            "checked_at": row.checked_at,
        }
        for row in rows
    }
    return {
        "expected": sum(row.expected for row in rows),
        "loaded": sum(row.loaded for row in rows),
        "quarantined": sum(row.quarantined for row in rows),
        "missing": sum(len(row.missing_ids) for row in rows),
        "days_compared": compared,
        "days_never_compared": (last - first).days + 1 - compared,
        "days": days,
    }


def _range_of(when: str) -> tuple[date, date]:
    try:
        if len(when) == len("2026-09"):
            first = date.fromisoformat(f"{when}-01")
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return date.fromisoformat(when), date.fromisoformat(when)
    except ValueError:
        raise ConfigurationError(f"{when!r} is neither a day (2026-09-30) nor a month (2026-09).") from None


def status(runtime: Runtime) -> dict[str, Any]:
    """Counts and states of this installation, for people and programs."""
    with runtime.engine.connect() as connection:
        airflows = airflows_at_work(connection)
        return {
            **counted.warehouse_counts(connection),
            "staging": counted.staging_states(connection),
            "ready": count_ready(connection),
            "stepped_over_in_7_days": counted.feed_holes(connection),
            "whole_days": counted.whole_days(connection),
            "latest_gate": counted.latest_gate(connection),
            "airflows": {name: f"loaded last at {last:%Y-%m-%d %H:%M} UTC" for name, last in airflows.items()},
            **({"warning": told_of(airflows)} if len(airflows) > 1 else {}),
        }


def rows_of_tables(runtime: Runtime) -> dict[str, int]:
    """Rows of each table by `schema.table`, counted one by one: a warehouse with years in it takes its time."""
    with runtime.engine.connect() as connection:
        return counted.table_rows(connection, COUNTED_SCHEMAS)
