"""A live run: loads what is fetched, batch after batch, until nothing is left; closes the run and logs what it did."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from killmart.db import staging
from killmart.db.locks import exclusive
from killmart.load.batch import Loaded, give_back_unfinished, load_batch, new_batch
from killmart.load.build import Built
from killmart.runtime import Runtime
from killmart.timing import Stopwatch

log = logging.getLogger(__name__)


def load(runtime: Runtime, progress: Callable[[Loaded], None] | None = None) -> Loaded:
    """Load all that is fetched; a blocked batch is set aside and the rest goes on.

    One process per owner loads at a time; a second one waits, then finds what is left.
    """
    loaded = Loaded()
    with exclusive(runtime.engine, f"load {runtime.owner}", wait=True):
        while (built := build_from_staging(runtime)) is not None:
            load_batch(runtime, built, loaded)
            if progress is not None:
                progress(loaded)
    return loaded


def build_from_staging(runtime: Runtime) -> Built | None:
    """Build a batch from fetched killmails in staging, `KILLMART_BATCH_KILLS` at most; None where there are none."""
    watch = Stopwatch()
    give_back_unfinished(runtime, runtime.owner)
    with new_batch(runtime, runtime.owner, runtime.settings.feed) as batch:
        batch.claim(runtime.settings.batch_kills)
    built = batch.built
    if not built.is_kept:
        log.info("nothing fetched waits to be transformed")
        return None
    log.info(
        "batch %d: %d killmails became candidates, %d known already, %d to quarantine, %d to fetch again, in %.1f s",
        built.batch_id,
        built.candidates,
        built.known,
        built.quarantined,
        built.refetched,
        watch.seconds,
    )
    return built


def record(
    runtime: Runtime, drained: dict[str, Any], fetched: dict[str, Any], promoted: dict[str, Any]
) -> dict[str, Any]:
    """Store and return the run's counts in killmails."""
    with runtime.engine.begin() as connection:
        waiting = staging.count_due(connection)
        counts = {
            "named": drained.get("refs", 0),
            "new": drained.get("new", 0),
            "fetched": fetched.get("fetched", 0),
            "promoted": promoted.get("inserted", 0) + promoted.get("changed", 0),
            "revalued": promoted.get("revalued", 0),
            "waiting": waiting.pending,
        }
        runtime.record(connection, "record", {f"{name}_killmails": float(count) for name, count in counts.items()})
    log.info(
        "the feed named %(named)d killmails (%(new)d new), %(fetched)d bodies came from ESI, "
        "%(promoted)d were promoted, %(revalued)d revalued; %(waiting)d still wait for their body",
        counts,
    )
    return counts
