"""Status: what is in the warehouse, what waits in staging, what feeds did not give, what the gate last said."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from killmart.db.batches import airflows_at_work, told_of
from killmart.db.coverage import coverage_between
from killmart.db.sql import sql
from killmart.errors import ConfigurationError
from killmart.runtime import Runtime


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
        counts = connection.execute(sql("ops/count_warehouse")).one()._asdict()
        states = connection.execute(sql("staging/count_killmails")).all()
        holes = connection.execute(sql("staging/count_feed_holes")).mappings().all()
        run = connection.execute(sql("quality/find_latest_run")).one_or_none()
        airflows = airflows_at_work(connection)
    return {
        **counts,
        "staging": {row.state: row.killmails for row in states},
        "stepped_over_in_7_days": {
            row["feed"]: {name: value for name, value in row.items() if name != "feed"} for row in holes
        },
        "latest_gate": run._asdict() if run else {},
        "airflows": {name: f"loaded last at {last:%Y-%m-%d %H:%M} UTC" for name, last in airflows.items()},
        **({"warning": told_of(airflows)} if len(airflows) > 1 else {}),
    }
