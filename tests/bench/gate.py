"""The gate on a 10-day chunk, over COPY of the chunk's ready rows into the indexed core tables; and on a live batch.

The static data is loaded, the days are known and have a past, so that no check is silent. The import of Great
Expectations is measured apart, in a process of its own; gate and COPY take turns.
"""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

import realdata
from bench.clones import cloned_day
from bench.day_load import copy_rows, empty, pass_the_gate, ready_rows
from killmart.db import batches
from killmart.db.promotion import promote_candidate
from killmart.model.ref import Arrival
from killmart.quality.check import TABLES
from killmart.quality.gate import import_great_expectations, validate_batch
from killmart.stages.build import CHUNK, BatchBuilder

DAYS = 10
LIVE_KILLS = 200
MOST_ROUNDS = 3
_IMPORT = "from killmart.quality.gate import import_great_expectations as gx; gx()"
_IMPORT_ALL = f"{_IMPORT}; import killmart.quality.suites.kills_fact"


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Ratio of the gate to the plain COPY, pair by pair; seconds on a live batch; seconds of the import."""
    if not realdata.DATA.exists():
        yield {"figure": "gate_over_copy", "skipped": "the real days of ../shared/data are not here"}
        return
    rounds = min(rounds, MOST_ROUNDS)
    import_great_expectations()
    imports = [_import_seconds() for _ in range(rounds)]
    _load_static_data(engine)
    with tempfile.TemporaryDirectory() as folder:
        batch_id = _build(engine, DAYS, None, "everef")
        _promote(engine, batch_id)
        ready = ready_rows(engine, Path(folder))
        empty(engine)
        _judge(engine, batch_id)  # warms up what a worker has warm: bytecode, catalogues
        pairs = []
        for _ in range(rounds):
            gate = _judge(engine, batch_id)
            pairs.append((gate, copy_rows(engine, ready)))
            empty(engine)
    ratios = sorted(gate / copy for gate, copy in pairs)
    yield {
        "figure": "gate_over_copy",
        "goal": "<= 1.0",
        "days": DAYS,
        "median": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        "gate_s": round(statistics.median(gate for gate, _ in pairs), 1),
        "copy_s": round(statistics.median(copy for _, copy in pairs), 1),
    }
    live = _build(engine, 1, LIVE_KILLS, "r2z2")
    seconds = sorted(_judge(engine, live) for _ in range(rounds))
    yield {
        "figure": "gate_on_a_live_batch_s",
        "kills": LIVE_KILLS,
        "median": round(statistics.median(seconds), 2),
        "min": round(seconds[0], 2),
        "max": round(seconds[-1], 2),
        "import_s": round(statistics.median(imports), 1),
    }


def _import_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _IMPORT_ALL], check=True, capture_output=True)
    return time.perf_counter() - started


def _build(engine: Engine, days: int, most: int | None, source: str) -> int:
    """Build a batch of cloned days, or of the first kills of one, as from `source`."""
    built_of: list[date] = [cloned_day(number)[0] for number in range(days)] if most is None else []
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", source, None, None, built_of)
        builder = BatchBuilder(connection, batch_id)
        for number in range(days):
            day, kills = cloned_day(number)
            arrivals = (
                Arrival(one, killmail_hash, body, None, source, known=False, day=day)
                for one, killmail_hash, body in islice(kills, most)
            )
            while chunk := list(islice(arrivals, CHUNK)):
                builder.add(chunk)
        builder.finish()
        for table in TABLES:  # the gate follows at once, before autovacuum has looked at the tables
            connection.execute(text(f"ALTER TABLE candidate.{table}_{batch_id} SET (autovacuum_enabled = false)"))
        _remember_past(connection, built_of)
    return batch_id


def _remember_past(connection: Any, days: Iterable[date]) -> None:
    """The same weekday of the weeks before was as full."""
    statement = text(
        "INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)"
        " SELECT cast(:day AS date) - 7 * week, 11000, 11000, 0, '{}', '{list}', now()"
        " FROM generate_series(1, 4) AS week ON CONFLICT DO NOTHING"
    )
    for day in days:
        connection.execute(statement, {"day": day})


def _promote(engine: Engine, batch_id: int) -> None:
    with engine.begin() as connection:
        pass_the_gate(connection, batch_id)
        promote_candidate(connection, batch_id)
        batches.finish_batch(connection, batch_id, "promoted")


def _judge(engine: Engine, batch_id: int) -> float:
    """Seconds of one passage through the gate, from tables without keys, as they are built."""
    with engine.begin() as connection:
        for table in TABLES:
            name = f"{table}_{batch_id}"
            connection.execute(text(f"ALTER TABLE candidate.{name} DROP CONSTRAINT IF EXISTS {name}_pkey"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
    report = validate_batch(engine.url.render_as_string(hide_password=False), batch_id)
    assert report.outcome != "blocked", report.failures
    return report.seconds


def _load_static_data(engine: Engine) -> None:
    with engine.begin() as connection:
        for table, column, names in (
            ("types", "type_id", ("type_id", "name", "group_id")),
            ("solar_systems", "solar_system_id", ("system_id", "name")),
        ):
            with (realdata.DATA / "sde" / f"{table}.csv").open(newline="") as file:
                rows = [{"id": int(row[column]), "name": row["name"]} for row in csv.DictReader(file)]
            values = ":id, :name, 1" if "group_id" in names else ":id, :name"
            statement = f"INSERT INTO reference.{table} ({', '.join(names)}) VALUES ({values}) ON CONFLICT DO NOTHING"
            connection.execute(text(statement), rows)
