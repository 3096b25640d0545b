"""A real day from bodies in memory to promoted core tables, over COPY of the same ready rows into the same tables.

The gate is apart: its verdict is put down without running it. Both loads start from empty tables, in turn. Killmails
are valued, as users have it; the ready rows hold values and unit prices, too.
"""

from __future__ import annotations

import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

import realdata
from bench.market import reference_data
from killmart.db import batches, validation
from killmart.db.engine import build_engine
from killmart.db.promotion import promote_candidate
from killmart.model.ref import Arrival
from killmart.stages.build import CHUNK, build_batch

_KILL_TABLES = ("kills_fact", "kill_victims", "kill_attackers", "kill_characters", "kill_items")
_DAY = "2021-11-29"


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Ratio of our load to the plain COPY, pair by pair; memory of the worker over what its imports take."""
    if not realdata.DATA.exists():
        yield {"figure": "day_load_over_copy", "skipped": "the real days of ../shared/data are not here"}
        return
    arrivals = [
        Arrival(kill.body["killmail_id"], kill.body["killmail_hash"], kill.text, None, "everef", known=False)
        for kill in realdata.day_archive(_DAY)
    ]
    empty(engine)
    pairs = []
    with reference_data(engine, [date.fromisoformat(_DAY)]), tempfile.TemporaryDirectory() as folder:
        grown = _memory_of_a_worker(engine, arrivals)
        valued = share_valued(engine)
        ready = ready_rows(engine, Path(folder))
        for _ in range(rounds):
            empty(engine)
            ours = _load(engine, arrivals)
            empty(engine)
            pairs.append((ours, copy_rows(engine, ready)))
    ratios = sorted(sum(ours.values()) / copy for ours, copy in pairs)
    yield {
        "figure": "day_load_over_copy",
        "goal": "<= 2.5",
        "kills": len(arrivals),
        "valued_percent": valued,
        "median": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        **{f"{stage}_s": round(statistics.median(ours[stage] for ours, _ in pairs), 2) for stage in pairs[0][0]},
        "copy_s": round(statistics.median(copy for _, copy in pairs), 2),
    }
    yield {"figure": "day_load_memory_mb", "goal": "<= 150", "value": round(grown, 1)}


def _memory_of_a_worker(engine: Engine, arrivals: list[Arrival]) -> float:
    """Megabytes that a fresh process takes at its peak over its imports, bodies included."""
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump([(one.killmail_id, one.killmail_hash, one.body) for one in arrivals], file)
        file.flush()
        command = [sys.executable, "-m", "bench.day_load", file.name, engine.url.render_as_string(hide_password=False)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return float(done.stdout)


def _measure_memory(bodies: Path, url: str) -> float:
    def status(field: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(field)).split()[1])

    before = status("VmRSS")
    with bodies.open("rb") as file:
        given = pickle.load(file)
    arrivals = [Arrival(one, killmail_hash, body, None, "everef", known=False) for one, killmail_hash, body in given]
    _load(build_engine(url), arrivals)
    return (status("VmHWM") - before) / 1024


def _load(engine: Engine, arrivals: list[Arrival]) -> dict[str, float]:
    """Seconds of the transform (bodies to candidate tables) and of the promotion."""
    started = time.perf_counter()
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", "everef", None, None)
        build_batch(connection, batch_id, (arrivals[at : at + CHUNK] for at in range(0, len(arrivals), CHUNK)))
    built = time.perf_counter()
    with engine.begin() as connection:
        pass_the_gate(connection, batch_id)
        promote_candidate(connection, batch_id)
        batches.finish_batch(connection, batch_id, "promoted")
    return {"transform": built - started, "promote": time.perf_counter() - built}


def pass_the_gate(connection: Connection, batch_id: int) -> None:
    batch = batches.lock_batch(connection, batch_id)
    validation.record_validation(
        connection,
        batch,
        outcome="passed",
        started_at=datetime.now(UTC),
        seconds=0.0,
        results=[],
        dag_id=None,
        dag_run_id=None,
    )


def ready_rows(engine: Engine, folder: Path) -> dict[str, Path]:
    """Files in `folder` with the text that COPY takes for the rows that core holds now."""
    ready = {table: folder / f"{table}.copy" for table in _KILL_TABLES}
    with engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        for table, path in ready.items():
            with path.open("wb") as rows:
                cursor.copy_expert(f"COPY core.{table} TO STDOUT", rows)
    return ready


def share_valued(engine: Engine) -> float:
    """Percent of the killmails in core that have a value of ours."""
    with engine.connect() as connection:
        share = connection.execute(text("SELECT 100.0 * count(priced_value) / count(*) FROM core.kills_fact"))
        return round(float(share.scalar_one()), 1)


def copy_rows(engine: Engine, ready: dict[str, Path]) -> float:
    """Seconds to COPY ready rows into the indexed tables, in one transaction."""
    started = time.perf_counter()
    with engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        for table, path in ready.items():
            with path.open("rb") as rows:
                cursor.copy_expert(f"COPY core.{table} FROM STDIN", rows)
    return time.perf_counter() - started


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE core.kills_fact, core.characters, core.corporations, core.alliances CASCADE"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))


if __name__ == "__main__":
    print(_measure_memory(Path(sys.argv[1]), sys.argv[2]))
