"""Every statement of pages, API, docs/queries.md and digest in a warehouse of millions of killmails: plan and time.

The warehouse is that of bench.filled; what readers ask is found by machine (bench.asked). Each statement is explained
as it was sent, after it was asked once, so it is warm. A range of a kill table with 100,000 rows or more should not be
read from one end to the other.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from bench import filled
from bench.asked import LARGEST, TYPICAL, Asked, Statement, asked_by_readers
from bench.at_size import PATIENCE_MS
from bench.figures import Bench, Measured, skipped
from support import realdata
from support.plans import scanned

LARGE = 100_000
"""Rows of a range."""
_RANGES = """SELECT relname FROM pg_class
    WHERE relispartition AND relkind = 'r' AND relnamespace = 'core'::regnamespace AND reltuples >= %s"""


class Seen(NamedTuple):
    """A statement's milliseconds, planning included, and the ranges that it reads from one end to the other."""

    ms: float
    scans: list[str]


def run(bench: Bench) -> Iterator[Measured]:
    """How many statements read a large range whole; how long the slowest takes; all of them in the details."""
    if not realdata.DATA.is_dir():
        yield from skipped("queries", realdata.ABSENT)
        return
    with filled.in_use(bench.kills) as warehouse:
        runtime = warehouse.runtime()
        large = large_ranges(runtime.engine)
        rows, seen = [], {}
        for asked in asked_by_readers(runtime):
            print(f"{asked.reader}, {asked.size}: {len(asked.statements)} statements", file=sys.stderr, flush=True)
            for one in asked.statements:
                seen[one.text, repr(one.parameters)] = look_at(runtime.engine, one, large)
            rows.append(told(asked, [seen[one.text, repr(one.parameters)] for one in asked.statements]))
        runtime.engine.dispose()
    readers = together(rows)
    about = {"kills": warehouse.made.kills, "statements": len(seen), "readers": readers}
    yield Measured("queries_with_large_scans", [sum(bool(one.scans) for one in seen.values())], about)
    slowest = max(readers, key=lambda row: max(row["typical_ms"], row["largest_ms"]))
    yield Measured("slowest_query_ms", [max(one.ms for one in seen.values())], {"asked_by": slowest["reader"]})


def large_ranges(engine: Engine, least: int = LARGE) -> set[str]:
    """Ranges of kill tables with so many rows."""
    with engine.connect() as connection:
        return set(connection.exec_driver_sql(_RANGES, (least,)).scalars())


def look_at(engine: Engine, statement: Statement, large: Collection[str]) -> Seen:
    """Explain a statement and execute it meanwhile; one that does not end in time counts as that long."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.text}"
        try:
            [plan] = connection.exec_driver_sql(explain, statement.parameters).scalar_one()
        except OperationalError:  # it was cancelled
            return Seen(PATIENCE_MS, ["not known, it took too long"])
    return Seen(plan["Planning Time"] + plan["Execution Time"], scanned(plan, large))


def told(asked: Asked, seen: Collection[Seen]) -> dict[str, Any]:
    """What became of what one reader asked in one size."""
    scans = sorted({table for one in seen for table in one.scans})
    return {
        "reader": asked.reader,
        "size": asked.size,
        "statements": len(seen),
        "ms": round(max((one.ms for one in seen), default=0), 1),
        "scans": scans,
    }


def together(rows: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a reader: both sizes beside each other."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        reader = found.setdefault(row["reader"], {"reader": row["reader"], "scans": []})
        for name in ("statements", "ms"):
            reader[f"{row['size']}_{name}"] = row[name]
        reader["scans"] = sorted({*reader["scans"], *row["scans"]})
    assert all({f"{size}_ms" for size in (TYPICAL, LARGEST)} <= row.keys() for row in found.values())
    return list(found.values())
