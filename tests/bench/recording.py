"""What counting requests and storing metrics costs a fetch and a load, in turn with recording switched off.

Two figures for each: the run with recording over the run without, pair by pair, which a busy machine blurs; and the
time inside the recording calls over the whole of the same run, which it does not.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, text

from bench.figures import Bench, Measured
from bench.loading import checkpoint
from killmart.config.connections import Connection, connection_from_environment
from killmart.config.settings import load_settings
from killmart.db import staging
from killmart.load.fetch import fetch
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.watch import NO_LIMITS
from support.pipeline import load_past_gate

_KILLS = 1500
_RECORDERS = {
    "fetch": (
        "killmart.load.fetch.record_requests",
        "killmart.runtime.record_metrics",
        "killmart.sources.transport.count.RequestCounter.sent",
        "killmart.sources.transport.count.RequestCounter.hit",
    ),
    "load": ("killmart.runtime.record_metrics",),
}


class _Meter:
    """Stands in for a recording function: calls it and adds up its time, or leaves it out."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def of(self, function: Callable[..., Any], is_on: bool) -> Callable[..., Any]:
        def measured(*arguments: Any, **options: Any) -> Any:
            if not is_on:
                return None
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - started

        return measured


@contextmanager
def _recording(stage: str, is_on: bool) -> Iterator[_Meter]:
    meter = _Meter()
    with ExitStack() as stack:
        for name in _RECORDERS[stage]:
            module, _, attribute = name.rpartition(".")
            owner = _resolve(module)
            stack.enter_context(patch.object(owner, attribute, meter.of(getattr(owner, attribute), is_on)))
        yield meter


def _resolve(name: str) -> Any:
    from pkgutil import resolve_name

    return resolve_name(name)


def run(bench: Bench) -> Iterator[Measured]:
    """Ratios of runs with recording to runs without; shares of the time spent in recording."""
    with tempfile.TemporaryDirectory() as home, _simulator() as simulator:
        runtime = _runtime(bench.engine, home, f"{simulator.url}/esi")
        pairs: dict[str, list[tuple[float, float]]] = {"fetch": [], "load": []}
        shares: dict[str, list[float]] = {"fetch": [], "load": []}
        for number in range(bench.rounds + 1):
            times: dict[bool, dict[str, float]] = {}
            for is_on in (True, False) if number % 2 else (False, True):
                times[is_on], share = _round(runtime, simulator, is_on)
                if is_on and number:
                    for stage, value in share.items():
                        shares[stage].append(value)
            if number:  # the first one warms up
                for stage in pairs:
                    pairs[stage].append((times[True][stage], times[False][stage]))
        runtime.engine.dispose()
    for stage, measured in pairs.items():
        details = {
            "kills": _KILLS,
            "share_percent": round(100 * statistics.median(shares[stage]), 2),
            "share_percent_max": round(100 * max(shares[stage]), 2),
        }
        yield Measured(f"recording_in_{stage}", [with_it / without for with_it, without in measured], details)


@contextmanager
def _simulator() -> Iterator[Running]:
    with running(SimulatorConfig(kills=_KILLS, limits=NO_LIMITS, esi_tokens=50_000_000)) as simulator:
        yield simulator


def _runtime(engine: Engine, home: str, esi: str) -> Runtime:
    environ = {"KILLMART_HOME": home, "KILLMART_ESI_RATE": "5000", "AIRFLOW_CONN_ESI": esi}
    url = engine.url
    options = {name: str(value) for name, value in url.query.items()}
    warehouse = Connection(
        "warehouse",
        "postgres",
        host=url.host or options.pop("host", ""),
        login=url.username or "",
        password=url.password or "",
        schema=url.database or "",
        port=url.port or int(options.pop("port", 0)) or None,
    )
    return Runtime(
        settings=load_settings(environ),
        find_connection=lambda one: warehouse if one == "warehouse" else connection_from_environment(one, environ),
        owner="bench",
    )


def _round(runtime: Runtime, simulator: Running, is_on: bool) -> tuple[dict[str, float], dict[str, float]]:
    """Fetch and load everything once, from nothing; seconds and share of recording, by stage."""
    _empty(runtime)
    feed = simulator.state.feed
    with runtime.engine.begin() as connection:
        refs = [Ref(one, feed.kill(one).killmail_hash) for one in feed.ids]
        staging.stage(connection, "redisq", refs)
    seconds, share = {}, {}
    for stage, work in (("fetch", fetch), ("load", load_past_gate)):
        with _recording(stage, is_on) as meter:
            started = time.perf_counter()
            work(runtime)
            seconds[stage] = time.perf_counter() - started
        share[stage] = meter.seconds / seconds[stage]
    return seconds, share


def _empty(runtime: Runtime) -> None:
    runtime.settings.esi_cache.unlink(missing_ok=True)
    with runtime.engine.begin() as connection:
        for tables in (
            "core.kills_fact, core.characters, core.corporations, core.alliances, staging.killmails",
            "ops.request_stats, ops.run_metrics, ops.token_ledger",
        ):
            connection.execute(text(f"TRUNCATE {tables} CASCADE"))
    checkpoint(runtime.engine)
