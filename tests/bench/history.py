"""Ten days, and a week alone, from archive files to what readers see, over COPY of their rows; and the same days again.

By the commands, start and gate included. The days are the two real ones of ../shared/data, cloned with shifted ids and
times, their hashes worked out again; static data and prices are there, so that killmails are valued, as users have it;
the ready rows hold values and unit prices, too.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Engine, text

from bench.clones import day_of
from bench.commands import Taken, imports_kb, run_command
from bench.figures import Bench, Measured, ratio, skipped
from bench.loading import bench_runtime, empty, share_valued
from bench.market import reference_data
from bench.published import upstreams
from bench.yardstick import ABSENT, yardstick
from killmart.load.marts import refresh_marts

DAYS, WEEK = 10, 7
MOST_ROUNDS, MOST_OF_WEEK = 3, 2


def run(bench: Bench) -> Iterator[Measured]:
    """Ratio of the two commands to the yardstick, pair by pair; the same again over the first time; peaks of memory."""
    if ABSENT:
        yield from skipped("history", ABSENT)
        return
    rounds = min(bench.rounds, MOST_ROUNDS)
    with upstreams(range(DAYS)) as environment, reference_data(bench.engine, map(day_of, range(DAYS))):
        week = list(_loaded(bench.engine, environment, WEEK, min(rounds, MOST_OF_WEEK)))
        ten = list(_loaded(bench.engine, environment, DAYS, rounds))
        about = {"days": DAYS, "valued_percent": share_valued(bench.engine), "kills": _kills(bench.engine)}
        _empty_all(bench.engine)
    yield ratio("history_week_vs_copy", [(first, copied) for first, _, copied, _ in week], "copy", {"days": WEEK})
    yield ratio("history_vs_copy", [(first, copied) for first, _, copied, _ in ten], "copy", about)
    yield ratio("rerun_vs_new_day", [(again, sum(first.values())) for first, again, _, _ in ten], "first", about)
    imports = imports_kb()
    backfills = [backfill for *_, backfill in ten]
    peaks = [max(one.peak_kb - imports, one.job_kb) / 1024 for one in backfills]
    jobs = statistics.median(one.job_kb for one in backfills) / 1024
    yield Measured("peak_memory_mb", peaks, {"imports_mb": round(imports / 1024), "job_mb": round(jobs)})


Seconds = Mapping[str, float]


def _loaded(
    engine: Engine, environment: Mapping[str, str], days: int, rounds: int
) -> Iterator[tuple[Seconds, Seconds, float, Taken]]:
    """Seconds of the commands from nothing and of the same once more, of the yardstick, and what `backfill` took."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            _empty_all(engine)
            taken, again = _load(environment, days), _load(environment, days)
            with yardstick(engine, Path(folder)) as copy:  # the same each time: what our load has left in core
                copied = copy.seconds()
            first, more = ({name: one.seconds for name, one in of.items()} for of in (taken, again))
            yield first, more, copied, taken["backfill"]


def _load(environment: Mapping[str, str], days: int) -> dict[str, Taken]:
    return {
        "backfill": run_command(environment, "backfill", str(day_of(0)), str(day_of(days - 1))),
        "marts": run_command(environment, "marts"),
    }


def _empty_all(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE quality.day_coverage, quality.value_spread"))
    empty(engine)
    refresh_marts(bench_runtime(engine), rebuild=True)


def _kills(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM core.kills_fact")).scalar_one())
