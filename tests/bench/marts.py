"""The mart's refresh of one real day over the load of that day (bodies in memory to promoted core tables)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text

import realdata
from bench.day_load import empty, pass_the_gate
from killmart.config.settings import load_settings
from killmart.db import batches
from killmart.db.promotion import promote_candidate
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.stages.build import CHUNK, build_batch
from killmart.stages.marts import refresh_marts

_DAY = "2021-11-29"


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Ratio of the refresh to the load, pair by pair; bytes of the mart and of core for each killmail."""
    if not realdata.DATA.exists():
        yield {"figure": "marts_over_load", "skipped": "the real days of ../shared/data are not here"}
        return
    runtime = Runtime(load_settings({}), lambda conn_id: None, owner="bench")
    runtime.__dict__["engine"] = engine  # the one of the benchmarks
    arrivals = [
        Arrival(one.body["killmail_id"], one.body["killmail_hash"], one.text, None, "everef", known=False)
        for one in realdata.day_archive(_DAY)
    ]
    pairs = []
    for _ in range(rounds):
        empty(engine)
        refresh_marts(runtime, rebuild=True)
        pairs.append((_load(engine, arrivals), _refresh(runtime)))
    ratios = sorted(refresh / load for load, refresh in pairs)
    yield {
        "figure": "marts_over_load",
        "goal": "<= 2",
        "kills": len(arrivals),
        "median": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        "load_s": round(statistics.median(load for load, _ in pairs), 2),
        "refresh_s": round(statistics.median(refresh for _, refresh in pairs), 2),
    }
    yield {"figure": "mart_bytes_per_killmail", "value": _bytes(engine, "mart") // len(arrivals)}
    yield {"figure": "core_bytes_per_killmail", "value": _bytes(engine, "core") // len(arrivals)}


def _load(engine: Engine, arrivals: list[Arrival]) -> float:
    started = time.perf_counter()
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", "everef", None, None)
        build_batch(connection, batch_id, (arrivals[at : at + CHUNK] for at in range(0, len(arrivals), CHUNK)))
    with engine.begin() as connection:
        pass_the_gate(connection, batch_id)
        promote_candidate(connection, batch_id)
        batches.finish_batch(connection, batch_id, "promoted")
    return time.perf_counter() - started


def _refresh(runtime: Runtime) -> float:
    started = time.perf_counter()
    assert refresh_marts(runtime).days == 1
    return time.perf_counter() - started


def _bytes(engine: Engine, schema: str) -> int:
    query = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables WHERE schemaname = :schema"
    with engine.connect() as connection:
        return int(connection.execute(text(query), {"schema": schema}).scalar_one())
