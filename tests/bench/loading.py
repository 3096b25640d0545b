"""Loading for benchmarks: bodies in memory through transform and promotion.

The gate is apart: its verdict is put down without asking it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from killmart.config.settings import load_settings
from killmart.config.sqlfiles import CANDIDATE_TABLES
from killmart.db import batches, validation
from killmart.db.promotion import promote_candidate
from killmart.load.build import CHUNK, BatchBuilder
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources.everef_archive import bodies_in, unpacked
from support import realdata
from support.databases import maintain


def real_day(day: str, most: int | None = None) -> list[Arrival]:
    """The kills of a real day as EVE Ref has them, by their ids; of more than `most` so many, evenly over the day."""
    with realdata.day_archive_path(day).open("rb") as file, tempfile.TemporaryDirectory() as folder:
        found = unpacked(file, date.fromisoformat(day), day, Path(folder))
        kills = sorted(
            (
                Arrival(one.killmail_id, one.killmail_hash, one.body, None, "everef", known=False)
                for one in bodies_in(found)
                if one.killmail_id is not None and one.killmail_hash is not None
            ),
            key=lambda kill: kill.killmail_id,
        )
    count = len(kills) if most is None else min(most, len(kills))
    return [kills[place * len(kills) // count] for place in range(count)]


def build(engine: Engine, arrivals: Iterable[Arrival], *, source: str = "everef", days: Sequence[date] = ()) -> int:
    """Build a batch; returns its number."""
    with engine.begin() as connection:
        batch_id = batches.open_batch(connection, "bench", source, None, None, days)
        builder = BatchBuilder(connection, batch_id)
        waiting = iter(arrivals)
        while chunk := list(islice(waiting, CHUNK)):
            builder.add(chunk)
        builder.finish()
    return batch_id


def promote(engine: Engine, batch_id: int) -> None:
    """Bring a built batch to core, past the gate."""
    with engine.begin() as connection:
        pass_the_gate(connection, batch_id)
        promote_candidate(connection, batch_id)
        batches.finish_batch(connection, batch_id, "promoted")


def load(engine: Engine, arrivals: Iterable[Arrival]) -> dict[str, float]:
    """Seconds of the transform (bodies to candidate tables) and of the promotion."""
    started = time.perf_counter()
    batch_id = build(engine, arrivals)
    built = time.perf_counter()
    promote(engine, batch_id)
    return {"transform": built - started, "promote": time.perf_counter() - built}


def pass_the_gate(connection: Connection, batch_id: int) -> None:
    """Put down the gate's verdict without asking it."""
    validation.record_validation(
        connection,
        batches.lock_batch(connection, batch_id),
        outcome="passed",
        started_at=datetime.now(UTC),
        seconds=0.0,
        results=[],
        dag_id=None,
        dag_run_id=None,
    )


def bench_runtime(engine: Engine) -> Runtime:
    """A runtime on the warehouse of the benchmarks, without upstreams."""
    runtime = Runtime(load_settings({}), lambda conn_id: None, owner="bench")
    runtime.__dict__.update(dict.fromkeys(("engine", "reader_engine", "owner_engine"), engine))
    return runtime


def libpq_url(engine: Engine) -> str:
    """The warehouse's address for a connection in the environment of a command."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def share_valued(engine: Engine) -> float:
    """Percent of the killmails in core that have a value of ours."""
    with engine.connect() as connection:
        share = connection.execute(text("SELECT 100.0 * count(priced_value) / count(*) FROM core.kills_fact"))
        return round(float(share.scalar_one()), 1)


def empty(engine: Engine) -> None:
    """Take every killmail and entity out of core, and have nothing left to be written."""
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(f'core.{table}' for table in CANDIDATE_TABLES)} CASCADE"))
    checkpoint(engine)


def checkpoint(engine: Engine) -> None:
    """Have what was written so far on disk, so that the next one who is timed does not pay for it."""
    maintain(engine, "CHECKPOINT")
