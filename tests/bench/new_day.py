"""A new real day from bodies in memory to core, and to what readers see, over COPY; what a worker's memory grows by.

Transform, promotion into an empty core, and the refresh of the marts, battles included. The gate is apart: its verdict
is put down without running it. Killmails are valued, as users have it; the ready rows hold values and unit prices, too.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from bench import TESTS
from bench.figures import Bench, Measured, ratio, skipped
from bench.loading import bench_runtime, empty, load, real_day, share_valued
from bench.market import reference_data
from bench.yardstick import ABSENT, yardstick
from killmart.db.engine import build_engine
from killmart.load.marts import refresh_marts
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from support import realdata

_DAY = realdata.DAYS[0]


def run(bench: Bench) -> Iterator[Measured]:
    """Ratio of our load to the yardstick, pair by pair; memory of the worker over what its imports take."""
    if ABSENT:
        yield from skipped("new_day", ABSENT)
        return
    engine, runtime = bench.engine, bench_runtime(bench.engine)
    arrivals = real_day(_DAY)
    _empty_all(runtime)
    with reference_data(engine, [date.fromisoformat(_DAY)]), tempfile.TemporaryDirectory() as folder:
        grown = _memory_of_a_worker(engine, arrivals)
        valued = share_valued(engine)
        with yardstick(engine, Path(folder)) as copy:
            pairs = []
            for _ in range(bench.rounds):
                _empty_all(runtime)
                ours = load(engine, arrivals) | {"marts": _refresh(runtime)}
                pairs.append((ours, copy.seconds()))
    _empty_all(runtime)
    about = {"kills": len(arrivals), "valued_percent": valued}
    to_core = [({part: ours[part] for part in ("transform", "promote")}, copied) for ours, copied in pairs]
    yield ratio("new_day_vs_copy", to_core, "copy", about)
    yield ratio("day_to_readers_vs_copy", pairs, "copy", about)
    yield Measured("day_load_memory_mb", [grown])


def _empty_all(runtime: Runtime) -> None:
    empty(runtime.engine)
    refresh_marts(runtime, rebuild=True)


def _refresh(runtime: Runtime) -> float:
    started = time.perf_counter()
    refresh_marts(runtime)
    return time.perf_counter() - started


def _memory_of_a_worker(engine: Engine, arrivals: list[Arrival]) -> float:
    """Megabytes that a fresh process takes at its peak over its imports, bodies included."""
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump([(one.killmail_id, one.killmail_hash, one.body) for one in arrivals], file)
        file.flush()
        url = engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-m", "bench.new_day", file.name, url]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=TESTS)
    return float(done.stdout)


def _measure_memory(bodies: Path, url: str) -> float:
    def status(field: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(field)).split()[1])

    before = status("VmRSS")
    with bodies.open("rb") as file:
        given = pickle.load(file)
    arrivals = [Arrival(one, killmail_hash, body, None, "everef", known=False) for one, killmail_hash, body in given]
    load(build_engine(url), arrivals)
    return (status("VmHWM") - before) / 1024


if __name__ == "__main__":
    print(_measure_memory(Path(sys.argv[1]), sys.argv[2]))
