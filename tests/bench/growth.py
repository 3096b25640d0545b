"""How fast a warehouse of two million killmails fills, what they take, and what readers meet while it grows.

Days are loaded as a user does it, by the commands `backfill` and `marts`: clones with ids and times as in reality.
They come in legs. The last leg begins a range of ids, as the first does, and has as many killmails, so that their rates
can be compared; those between fill the first range, each with more than there is, so that it is built and not added to.
After each leg the queries of an entity's page and a live batch are timed. With a cold cache (`--cold`) a ballast takes
up the memory that would keep pages, the queries are timed again, and one more leg is loaded.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import accumulate
from math import ceil
from typing import Any

from sqlalchemy import text

from bench import filled
from bench.at_size import biggest_alliance, forget_live, live_batch, timed
from bench.bytes_per_kill import SIZES
from bench.clones import BOUNDARY, day_of
from bench.commands import run_command
from bench.figures import Bench, Measured, skipped
from bench.loading import bench_runtime, empty
from bench.market import reference_data
from bench.published import upstreams
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from support import realdata
from support.asking import asked_about

LEGS = (18, 48, 104, 18)
"""Days: 200,000 killmails, two longer ones, and 200,000 again."""
KILLS_A_DAY = 10_884
WHOLE_HISTORY = 95_600_000
LIVE_BATCHES = 3
LEFT_FREE = 2_500_000_000
"""Bytes that a ballast leaves to everybody else."""

_BALLAST = """
import select, sys, time
open("/proc/self/oom_score_adj", "w").write("1000")
def available():
    lines = open("/proc/meminfo").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
held, piece = [], 64 << 20
while available() > {leave} + piece:
    held.append(bytearray(b"x") * piece)
print(len(held) * piece, flush=True)
select.select([sys.stdin], [], [], 1800)
"""
"""Holds memory until its standard input is closed, be it by the end of who started it; first to go if short."""


def run(bench: Bench) -> Iterator[Measured]:
    """Rate of the last leg over the first's, and what all of history takes at the rate of all legs."""
    if not realdata.DATA.is_dir():
        yield from skipped("growth", realdata.ABSENT)
        return
    legs, most = sized(bench.kills)
    first, more = BOUNDARY - sum(legs[:-1]), legs[-1:] if bench.is_cold else ()
    numbers = range(first, first + sum(legs + more))
    warehouse = Growing(bench_runtime(bench.engine))
    warehouse.empty()
    with upstreams(numbers, most) as environment, reference_data(bench.engine, map(day_of, numbers)):
        rows = []
        for days in cut(numbers, legs):
            rows.append(warehouse.load(environment, days) | warehouse.ask(is_warm=True))
            _say(rows[-1])
        if bench.is_cold:
            with ballast() as held:
                cold = warehouse.ask(is_warm=False)
                cold |= warehouse.load(environment, numbers[-legs[-1] :]) | {"ballast_gb": round(held / 1e9, 1)}
                _say(cold)
    warehouse.empty()
    last, seconds = rows[-1], sum(row["seconds"] for row in rows)
    yield Measured(
        "growth_rate",
        [last["kills_per_s"] / rows[0]["kills_per_s"]],
        {"legs": rows, **({"cold": cold} if bench.is_cold else {})},
    )
    rate = last["kills"] / seconds
    gigabytes = round(WHOLE_HISTORY * last["bytes_per_kill"] / 1e9)
    about = {"kills": last["kills"], "kills_per_s": round(rate), "gigabytes": gigabytes}
    yield Measured("history_hours", [WHOLE_HISTORY / rate / 3600], about)


def sized(kills: int) -> tuple[tuple[int, ...], int | None]:
    """Days of the legs, and killmails of a day (None: all it has), for so many killmails, as far as LEGS go."""
    share = min(1, kills / (sum(LEGS) * KILLS_A_DAY))
    legs = tuple(ceil(leg * share) for leg in LEGS)
    return legs, ceil(kills / len(legs)) if sum(legs) == len(legs) else None


def cut(numbers: range, lengths: Sequence[int]) -> Iterator[range]:
    """Pieces of so many numbers, one after the other."""
    for start, length in zip(accumulate(lengths, initial=0), lengths, strict=False):
        yield numbers[start : start + length]


class Growing:
    """A warehouse that is filled leg by leg."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._alliance: int | None = None

    def empty(self) -> None:
        """Leave nothing of killmails."""
        with self._runtime.engine.begin() as connection:
            connection.execute(text("TRUNCATE quality.day_coverage, quality.value_spread"))
        empty(self._runtime.engine)
        refresh_marts(self._runtime, rebuild=True)

    def load(self, environment: Mapping[str, str], days: range) -> dict[str, Any]:
        """Load days by the commands; how fast, and what the killmails take then."""
        kills, _, wal = self._state()
        span = str(day_of(days[0])), str(day_of(days[-1]))
        backfill, marts = run_command(environment, "backfill", *span), run_command(environment, "marts")
        now, size, wal_now = self._state()
        seconds = backfill.seconds + marts.seconds
        assert now > kills, f"nothing was loaded of {' to '.join(span)}"
        return {
            "days": len(days),
            "kills": now,
            "seconds": round(seconds, 1),
            "kills_per_s": round((now - kills) / seconds),
            "backfill_s": round(backfill.seconds, 1),
            "marts_s": round(marts.seconds, 1),
            "job_mb": round(backfill.job_kb / 1024),
            "bytes_per_kill": round(size / now),
            "wal_per_kill": round((wal_now - wal) / (now - kills)),
        }

    def ask(self, *, is_warm: bool) -> dict[str, Any]:
        """Milliseconds of the slowest query about the largest alliance over a year, of all of them, of a live batch.

        Cold, each query is asked for the first time.
        """
        engine = self._runtime.engine
        if self._alliance is None:
            self._alliance, _ = biggest_alliance(engine)
        with engine.connect() as connection:
            made = filled.describe(connection, "")
        answers = (200, 503)  # a query that does not end within the time of a page is among those that were asked
        queries = asked_about(self._runtime, "alliance", self._alliance, answers, date.fromisoformat(made.last_day))
        found = []
        for query in queries:
            if is_warm:
                timed(engine, query.statement, query.parameters)
            found.append((1000 * timed(engine, query.statement, query.parameters), query.address))
        batch = live_batch(self._runtime, made, LIVE_BATCHES).details
        forget_live(self._runtime, made)
        slowest, address = max(found)
        return {
            "slowest_query_ms": round(slowest),
            "asked_by": address.partition("?")[0],
            "queries": len(queries),
            "queries_ms": round(sum(ms for ms, _ in found)),
            "live_batch_ms": round(1000 * (batch["promote_s"] + batch["marts_s"])),
        }

    def _state(self) -> tuple[int, int, int]:
        """Killmails in core, bytes of core and mart, bytes of WAL written so far."""
        with self._runtime.engine.connect() as connection:
            kills = connection.execute(text("SELECT count(*) FROM core.kills_fact")).scalar_one()
            size = sum(row.bytes for row in connection.execute(text(SIZES)))
            wal = connection.execute(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one()
        return int(kills), int(size), int(wal)


@contextmanager
def ballast(leave: int = LEFT_FREE) -> Iterator[int]:
    """Have a process hold all memory but for so many bytes, for half an hour at most; yields what it holds."""
    process = subprocess.Popen(
        [sys.executable, "-c", _BALLAST.format(leave=leave)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def _say(row: Mapping[str, Any]) -> None:
    print(", ".join(f"{name} {value}" for name, value in row.items()), file=sys.stderr, flush=True)
