"""Load: transform, gate and promote, batch after batch, until nothing fetched is left."""

from __future__ import annotations

import logging
from collections.abc import Callable

from killmart.db.locks import exclusive
from killmart.load.batch import Loaded, load_batch, new_batch
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
    with new_batch(runtime, runtime.owner, runtime.settings.feed) as batch:
        batch.claim(runtime.settings.batch_kills)
    built = batch.built
    if not built.is_kept:
        log.info("nothing fetched waits to be transformed")
        return None
    log.info(
        "batch %d: %d killmails became candidates, %d known already, %d to quarantine, %d to fetch anew, in %.1f s",
        built.batch_id,
        built.candidates,
        built.known,
        built.quarantined,
        built.refetched,
        watch.seconds,
    )
    return built
