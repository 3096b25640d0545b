"""How fast loading is and how much disk a killmail takes while core grows to a million of them.

Ten days are a batch, as `load_days` loads them; the gate and the cloning of the days are apart. It takes a quarter of
an hour, so it runs only where it is named: `make bench ARGS=growth`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text

from bench.clones import cloned_day
from bench.loading import empty, promote
from killmart.db import batches
from killmart.load.build import CHUNK, BatchBuilder
from killmart.model.ref import Arrival
from support import realdata

DAYS = 10
MARKS = (100_000, 250_000, 500_000, 1_000_000)
WHOLE_HISTORY = 95_600_000

_SIZES = """
SELECT sum(pg_relation_size(relid)) AS heap, sum(pg_total_relation_size(relid)) AS all_in_all
FROM pg_stat_user_tables WHERE schemaname = 'core'
"""


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Kills per second of the batch that passes each mark, bytes per kill then; at last the projection."""
    if not realdata.DATA.exists():
        yield {"figure": "growth", "skipped": "the real days of ../shared/data are not here"}
        return
    empty(engine)
    marks, kills, days, figure = list(MARKS), 0, 0, {}
    while marks:
        seconds = _load(engine, range(days, days + DAYS))
        days += DAYS
        before, (kills, heap, size) = kills, _measure(engine)
        figure = {
            "figure": "growth",
            "kills": kills,
            "kills_per_second": round((kills - before) / sum(seconds.values())),
            **{f"{stage}_s": round(value, 1) for stage, value in seconds.items()},
            "bytes_per_kill": round(size / kills),
            "heap_bytes_per_kill": round(heap / kills),
        }
        if kills >= marks[0]:
            marks = [mark for mark in marks if mark > kills]
            figure["is_mark"] = True
        yield figure
    yield {
        "figure": "projection",
        "kills": WHOLE_HISTORY,
        "hours_at_the_last_rate": round(WHOLE_HISTORY / figure["kills_per_second"] / 3600, 1),
        "gigabytes": round(WHOLE_HISTORY * figure["bytes_per_kill"] / 1e9),
    }


def _measure(engine: Engine) -> tuple[int, int, int]:
    """Kills in core, bytes of the tables alone and with their indexes."""
    with engine.connect() as connection:
        kills = int(connection.execute(text("SELECT count(*) FROM core.kills_fact")).scalar_one())
        sizes = connection.execute(text(_SIZES)).one()
    return kills, int(sizes.heap), int(sizes.all_in_all)


def _load(engine: Engine, days: range) -> dict[str, float]:
    """Seconds of the transform and of the promotion of one batch of cloned days."""
    seconds = {"transform": 0.0, "promote": 0.0}
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", "everef", None, None)
        builder = BatchBuilder(connection, batch_id)
        for number in days:
            day, kills = cloned_day(number)
            arrivals = [
                Arrival(killmail_id, killmail_hash, body, None, "everef", known=False, day=day)
                for killmail_id, killmail_hash, body in kills
            ]
            started = time.perf_counter()
            for at in range(0, len(arrivals), CHUNK):
                builder.add(arrivals[at : at + CHUNK])
            seconds["transform"] += time.perf_counter() - started
        builder.finish()
    started = time.perf_counter()
    promote(engine, batch_id)
    seconds["promote"] = time.perf_counter() - started
    return seconds
