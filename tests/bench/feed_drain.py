"""How many R2Z2 files a second a drain commits where nothing holds it back, over what ten peak days at once need.

The simulator runs in a process of its own and lets everybody ask as often as they like; our own rate is out of the
way. The share of the database is that of the drain's wall time: what the feed's requests and parsing do not take.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from unittest.mock import patch

import requests
from sqlalchemy import Engine, text

from bench.figures import Bench, Measured
from bench.loading import libpq_url
from killmart.load import drain
from killmart.model.ref import Cursor, FeedStep
from killmart.runtime import Runtime, runtime_from_environment
from killmart.sources.feed import Feed
from killmart_demo.config import SimulatorConfig
from support.crashes import simulator

KILLS = 1_000
PEAK_DAY = 17_900
"""Killmails of the busiest day that was measured."""
_NEEDED = 10 * PEAK_DAY / 86_400
"""Files a second."""


def run(bench: Bench) -> Iterator[Measured]:
    """Ratio of the pace of a drain to the one that ten times the peak day needs, and where its time goes."""
    with (
        tempfile.TemporaryDirectory() as home,
        simulator("--kills", str(KILLS), "--seed", "1", "--patient") as url,
    ):
        requests.get(f"{url}/_sim/kills", timeout=300).raise_for_status()  # its kills are made before the clock runs
        runtime = _runtime(bench.engine, url, home)
        measured = [_drain(runtime) for _ in range(bench.rounds + 1)][1:]  # the first one warms up
        runtime.engine.dispose()
    paces = [KILLS / seconds for seconds, _ in measured]
    yield Measured(
        "feed_drain_over_ten_peak_days",
        [pace / _NEEDED for pace in paces],
        {
            "files_per_s": round(statistics.median(paces)),
            "database_share": round(statistics.median(1 - feed / seconds for seconds, feed in measured), 2),
        },
    )


class _Timed:
    """A feed, and the seconds that its own work takes."""

    def __init__(self, feed: Feed) -> None:
        self.name = feed.name
        self.propose_client_id = feed.propose_client_id
        self.seconds = 0.0
        self._feed = feed

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        steps = self._feed.steps(cursor)
        while True:
            started = time.perf_counter()
            step = next(steps, None)
            self.seconds += time.perf_counter() - started
            if step is None:
                return
            yield step


def _drain(runtime: Runtime) -> tuple[float, float]:
    """Seconds of a drain from the first file to the last, in all and in the feed."""
    with runtime.engine.begin() as connection:
        connection.execute(text("TRUNCATE staging.killmails, staging.feed_cursors"))
    session, feed = drain.open_feed(runtime)
    timed = _Timed(feed)
    with patch.object(drain, "open_feed", lambda _: (session, timed)):
        started = time.perf_counter()
        drained = drain.drain(runtime)
        seconds = time.perf_counter() - started
    assert (drained.new, drained.is_dry) == (KILLS, True)
    return seconds, timed.seconds


def _runtime(engine: Engine, url: str, home: str) -> Runtime:
    environ = {
        "KILLMART_HOME": home,
        "KILLMART_FEED": "r2z2",
        "KILLMART_R2Z2_RATE": "100000",
        "KILLMART_R2Z2_PAUSE": "0.01",
        "KILLMART_R2Z2_START": str(SimulatorConfig().r2z2_first),
        "AIRFLOW_CONN_R2Z2": f"{url}/r2z2",
        "AIRFLOW_CONN_WAREHOUSE": libpq_url(engine),
    }
    return runtime_from_environment(environ)
