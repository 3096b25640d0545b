"""The gate on a 10-day chunk, over COPY of the chunk's rows into the yardstick; and on a live batch.

The static data is loaded, the days are known and have a past, so that no check is silent. The import of Great
Expectations is measured apart, in a process of its own; gate and COPY take turns.
"""

from __future__ import annotations

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

from bench.clones import cloned_day
from bench.figures import Bench, Measured, ratio, skipped
from bench.loading import build, checkpoint, empty, promote
from bench.market import reference_data
from bench.yardstick import ABSENT, yardstick
from killmart.model.ref import Arrival
from killmart.quality.check import TABLES
from killmart.quality.gate import import_great_expectations, validate_batch

DAYS = 10
LIVE_KILLS = 200
MOST_ROUNDS = 3
_IMPORT = "from killmart.quality.gate import import_great_expectations as gx; gx()"
_IMPORT_ALL = f"{_IMPORT}; import killmart.quality.suites.kills_fact"


def run(bench: Bench) -> Iterator[Measured]:
    """Ratio of the gate to the plain COPY, pair by pair; seconds on a live batch; seconds of the import."""
    if ABSENT:
        yield from skipped("gate", ABSENT)
        return
    engine, rounds = bench.engine, min(bench.rounds, MOST_ROUNDS)
    import_great_expectations()
    imports = [_import_seconds() for _ in range(rounds)]
    days = [cloned_day(number)[0] for number in range(DAYS)]
    with reference_data(engine, days), tempfile.TemporaryDirectory() as folder:
        promote(engine, _build(engine, DAYS, None, "everef"))
        with yardstick(engine, Path(folder)) as copy:
            empty(engine)
            batch_id = _build(engine, DAYS, None, "everef")
            _judge(engine, batch_id)  # warms up what a worker has warm: bytecode, catalogues
            pairs = [({"gate": _judge(engine, batch_id)}, copy.seconds()) for _ in range(rounds)]
        live = _build(engine, 1, LIVE_KILLS, "r2z2")
        seconds = [_judge(engine, live) for _ in range(rounds)]
    yield ratio("gate_vs_copy", pairs, "copy", {"days": DAYS})
    yield Measured(
        "gate_on_a_live_batch_s", seconds, {"kills": LIVE_KILLS, "import_s": round(statistics.median(imports), 1)}
    )


def _import_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _IMPORT_ALL], check=True, capture_output=True)
    return time.perf_counter() - started


def _build(engine: Engine, days: int, most: int | None, source: str) -> int:
    """Build a batch of cloned days, or of the first kills of one, as from `source`."""
    built_of: list[date] = [cloned_day(number)[0] for number in range(days)] if most is None else []
    arrivals = (
        Arrival(one, killmail_hash, body, None, source, known=False, day=day)
        for number in range(days)
        for day, kills in [cloned_day(number)]
        for one, killmail_hash, body in islice(kills, most)
    )
    batch_id = build(engine, arrivals, source=source, days=built_of)
    with engine.begin() as connection:
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


def _judge(engine: Engine, batch_id: int) -> float:
    """Seconds of one passage through the gate, from tables without keys, as they are built."""
    with engine.begin() as connection:
        for table in TABLES:
            name = f"{table}_{batch_id}"
            connection.execute(text(f"ALTER TABLE candidate.{name} DROP CONSTRAINT IF EXISTS {name}_pkey"))
    checkpoint(engine)
    report = validate_batch(engine.url.render_as_string(hide_password=False), batch_id)
    assert report.outcome != "blocked", report.failures
    return report.seconds
