"""Ten archive files to promoted core tables, over COPY of the same ready rows into the same tables; memory by days.

The days are the two real ones of ../shared/data, cloned with shifted ids and times and their hashes worked out again.
The gate is apart. Days are read one after the other into one batch, as `load_days` does.
"""

from __future__ import annotations

import bz2
import io
import json
import statistics
import tarfile
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

import oracle
import realdata
from bench.day_load import copy_rows, empty, pass_the_gate, ready_rows
from killmart.db import batches
from killmart.db.promotion import promote_candidate
from killmart.model.ref import Arrival
from killmart.sources.everef_archive import bodies_in
from killmart.stages.build import CHUNK, BatchBuilder

DAYS = 10
_ID_STEP = 1_000_000


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Ratio of a 10-day chunk to the plain COPY, pair by pair."""
    if not realdata.DATA.exists():
        yield {"figure": "chunk_load_over_copy", "skipped": "the real days of ../shared/data are not here"}
        return
    with tempfile.TemporaryDirectory() as folder:
        files = [_clone(number, Path(folder)) for number in range(DAYS)]
        empty(engine)
        _load(engine, files)
        ready = ready_rows(engine)
        pairs = []
        for _ in range(min(rounds, 3)):
            empty(engine)
            ours = _load(engine, files)
            empty(engine)
            pairs.append((ours, copy_rows(engine, ready)))
    ratios = sorted(sum(ours.values()) / copy for ours, copy in pairs)
    yield {
        "figure": "chunk_load_over_copy",
        "goal": "<= 2.5",
        "days": DAYS,
        "median": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        **{f"{stage}_s": round(statistics.median(ours[stage] for ours, _ in pairs), 1) for stage in pairs[0][0]},
        "copy_s": round(statistics.median(copy for _, copy in pairs), 1),
    }


def _clone(number: int, folder: Path) -> tuple[date, Path]:
    """An archive of a real day moved by `number` days, as EVE Ref packs it."""
    shift = timedelta(days=2 * number)
    real = realdata.DAYS[number % len(realdata.DAYS)]
    day = date.fromisoformat(real) + shift
    path = folder / f"killmails-{day}.tar.bz2"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for kill in realdata.day_archive(real):
            body = json.loads(kill.text)
            body["killmail_id"] += _ID_STEP * number
            killed_at = datetime.fromisoformat(body["killmail_time"]) + shift
            body["killmail_time"] = killed_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            body["killmail_hash"] = oracle.killmail_hash_of(body)
            content = json.dumps(body, separators=(",", ":")).encode()
            member = tarfile.TarInfo(f"killmails/{body['killmail_id']}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    path.write_bytes(bz2.compress(packed.getvalue()))
    return day, path


def _load(engine: Engine, files: list[tuple[date, Path]]) -> dict[str, float]:
    """Seconds of reading and transforming, and of promoting."""
    started = time.perf_counter()
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", "everef", None, None)
        builder = BatchBuilder(connection, batch_id)
        for day, path in files:
            chunk: list[Arrival] = []
            for body in bodies_in(bz2.decompress(path.read_bytes()), day, path.name):
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
