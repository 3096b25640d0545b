"""Ten archive files to promoted core tables, over COPY of the same ready rows into the same tables; memory by days.

The days are the two real ones of ../shared/data, cloned with shifted ids and times and their hashes worked out again.
The gate is apart. Days are read one after the other into one batch, each unpacked while the last one is
transformed, as `load_days` does. Static data and the days' prices are loaded first, so that killmails are valued, as
users have it; the ready rows hold values and unit prices, too.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

import realdata
from bench.clones import cloned_archive
from bench.day_load import copy_rows, empty, pass_the_gate, ready_rows, share_valued
from bench.market import reference_data
from killmart.db import batches
from killmart.db.promotion import promote_candidate
from killmart.model.ref import Arrival
from killmart.sources.everef_archive import UnpackedDay, bodies_in, unpacked
from killmart.stages.ahead import one_ahead
from killmart.stages.build import CHUNK, BatchBuilder

DAYS = 10
MOST_ROUNDS = 3


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Ratio of a 10-day chunk to the plain COPY, pair by pair."""
    if not realdata.DATA.exists():
        yield {"figure": "chunk_load_over_copy", "skipped": "the real days of ../shared/data are not here"}
        return
    with tempfile.TemporaryDirectory() as folder:
        files = [cloned_archive(number, Path(folder)) for number in range(DAYS)]
        pairs = []
        with reference_data(engine, [day for day, _ in files]):
            for _ in range(min(rounds, MOST_ROUNDS)):
                empty(engine)
                ours = _load(engine, files)
                valued = share_valued(engine)
                ready = ready_rows(engine, Path(folder))  # the same each time: what our load has left in core
                empty(engine)
                pairs.append((ours, copy_rows(engine, ready)))
    ratios = sorted(sum(ours.values()) / copy for ours, copy in pairs)
    yield {
        "figure": "chunk_load_over_copy",
        "goal": "<= 2.5",
        "days": DAYS,
        "valued_percent": valued,
        "median": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        **{f"{stage}_s": round(statistics.median(ours[stage] for ours, _ in pairs), 1) for stage in pairs[0][0]},
        "copy_s": round(statistics.median(copy for _, copy in pairs), 1),
    }


def _unpack(file: tuple[date, Path]) -> tuple[date, UnpackedDay]:
    day, path = file
    with path.open("rb") as packed:
        return day, unpacked(packed, day, path.name, path.parent)


def _load(engine: Engine, files: list[tuple[date, Path]]) -> dict[str, float]:
    """Seconds of reading and transforming, and of promoting."""
    started = time.perf_counter()
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", "everef", None, None)
        builder = BatchBuilder(connection, batch_id)
        for day, found in one_ahead(_unpack, files):
            chunk: list[Arrival] = []
            for body in bodies_in(found):
                assert body.killmail_id is not None
                assert body.killmail_hash is not None
                chunk.append(
                    Arrival(body.killmail_id, body.killmail_hash, body.body, None, "everef", known=False, day=day)
                )
                if len(chunk) == CHUNK:
                    builder.add(chunk)
                    chunk = []
            builder.add(chunk)
        builder.finish()
    built = time.perf_counter()
    with engine.begin() as connection:
        pass_the_gate(connection, batch_id)
        promote_candidate(connection, batch_id)
        batches.finish_batch(connection, batch_id, "promoted")
    return {"transform": built - started, "promote": time.perf_counter() - built}
