"""Seven days from archive files to what readers see, over COPY of their rows: by the commands, start and gate included.

The days are the two real ones of ../shared/data, cloned with shifted ids and times, their hashes worked out again; the
simulator serves them, and their lists, made before. Static data and prices are there, so that killmails are valued, as
users have it; the ready rows hold values and unit prices, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bench.clones import cloned_archive
from bench.figures import ratio
from bench.loading import bench_runtime, empty, share_valued
from bench.market import SDE, reference_data
from bench.yardstick import ABSENT, yardstick
from killmart.load.marts import refresh_marts
from killmart_demo.app import running
from killmart_demo.config import SimulatorConfig
from killmart_demo.watch import NO_LIMITS

DAYS = 7
MOST_ROUNDS = 3


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Ratio of the two commands to the yardstick, pair by pair."""
    if ABSENT:
        yield {"figure": "history_vs_copy", "skipped": ABSENT}
        return
    with tempfile.TemporaryDirectory() as folder, _upstreams(Path(folder)) as (days, upstreams):
        pairs = []
        with reference_data(engine, days):
            for _ in range(min(rounds, MOST_ROUNDS)):
                _empty_all(engine)
                ours = {
                    "backfill": _seconds(upstreams, "backfill", str(days[0]), str(days[-1])),
                    "marts": _seconds(upstreams, "marts"),
                }
                valued = share_valued(engine)
                with yardstick(engine, Path(folder)) as copy:  # the same each time: what our load has left in core
                    pairs.append((ours, copy.seconds()))
        kills = _kills(engine)
        _empty_all(engine)
    figure = ratio("history_vs_copy", "<= 3.3", pairs, "copy")
    yield figure | {"days": DAYS, "kills": kills, "valued_percent": valued}


@contextmanager
def _upstreams(folder: Path) -> Iterator[tuple[list[date], dict[str, str]]]:
    """The days that upstreams have, and the environment in which a command asks these."""
    files = [cloned_archive(number, folder) for number in range(DAYS)]
    config = SimulatorConfig(bodies=tuple(path for _, path in files), sde=SDE, limits=NO_LIMITS)
    with running(config) as simulator:
        for day, _ in files:
            simulator.state.days.listing(day)
            simulator.state.days.archive(day)
        yield (
            [day for day, _ in files],
            {
                "AIRFLOW_CONN_R2Z2": f"{simulator.url}/r2z2",
                "AIRFLOW_CONN_EVEREF": f"{simulator.url}/everef",
                "AIRFLOW_CONN_ESI": f"{simulator.url}/esi",
                "KILLMART_R2Z2_RATE": "1000",
                "KILLMART_EVEREF_RATE": "1000",
            },
        )


def _seconds(upstreams: Mapping[str, str], *command: str) -> float:
    """Seconds of a command, from its start to its end; raises where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KILLMART"))}
    kept |= {"KILLMART_HOME": os.environ["KILLMART_HOME"], **upstreams}
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "killmart", *command], env=kept, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"killmart {' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - started


def _empty_all(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE quality.day_coverage, quality.value_spread"))
    empty(engine)
    refresh_marts(bench_runtime(engine), rebuild=True)


def _kills(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM core.kills_fact")).scalar_one())
