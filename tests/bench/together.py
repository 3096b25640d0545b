"""Promoting a long load's batches together, ranges built bare, over promoting them one by one; the gate is apart.

The days are the two real ones, cloned; both ways have the same batches before them, whose building is not measured.
With the vacuum after it, which one by one is autovacuum's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, text

from bench.clones import cloned_day
from bench.figures import Bench, Measured, ratio, skipped
from bench.loading import bench_runtime, build, checkpoint, empty, pass_the_gate
from killmart.load.promote import promote, promote_together
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from support import realdata

DAYS = 10
BATCHES = 5
MOST_ROUNDS = 1
Load = Callable[[Runtime, Sequence[int]], Any]


def run(bench: Bench) -> Iterator[Measured]:
    """Seconds together over seconds one by one, pair by pair."""
    if not realdata.has_days():
        yield from skipped("together", realdata.ABSENT)
        return
    engine, runtime = bench.engine, bench_runtime(bench.engine)
    pairs = []
    kills = 0
    for _ in range(min(bench.rounds, MOST_ROUNDS)):
        alone, _ = _measured(engine, runtime, _one_by_one)
        together, kills = _measured(engine, runtime, promote_together)
        pairs.append(({"together": together}, alone))
    empty(engine)
    yield ratio("together_vs_one_by_one", pairs, "one_by_one", {"kills": kills})


def _one_by_one(runtime: Runtime, batch_ids: Sequence[int]) -> None:
    for batch_id in batch_ids:
        promote(runtime, batch_id)


def _measured(engine: Engine, runtime: Runtime, load: Load) -> tuple[float, int]:
    """How long it took, and how many killmails core has then."""
    empty(engine)
    each = DAYS // BATCHES
    batch_ids = [build(engine, _arrivals(range(first, first + each))) for first in range(0, DAYS, each)]
    with engine.begin() as connection:
        for batch_id in batch_ids:
            pass_the_gate(connection, batch_id)
    checkpoint(engine)
    started = time.perf_counter()
    load(runtime, batch_ids)
    seconds = time.perf_counter() - started
    with engine.connect() as connection:
        return seconds, connection.execute(text("SELECT count(*) FROM core.kills_fact")).scalar_one()


def _arrivals(numbers: Sequence[int]) -> Iterator[Arrival]:
    for number in numbers:
        for killmail_id, killmail_hash, body in cloned_day(number)[1]:
            yield Arrival(killmail_id, killmail_hash, body, None, "everef", known=False)
