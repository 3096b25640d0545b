"""Load: transform, gate and promote, batch after batch, until nothing fetched is left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from killmart.db.locks import exclusive
from killmart.errors import GateBlocked
from killmart.load.build import build_from_staging
from killmart.load.promote import promote
from killmart.load.validate import validate
from killmart.runtime import Runtime

log = logging.getLogger(__name__)


@dataclass
class Loaded:
    """What a load did, in killmails; `blocked` lists why batches were set aside."""

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    known: int = 0
    revalued: int = 0
    quarantined: int = 0
    refetched: int = 0
    blocked: list[str] = field(default_factory=list)


def load(runtime: Runtime, progress: Callable[[Loaded], None] | None = None) -> Loaded:
    """Load all that is fetched; a blocked batch is set aside and the rest goes on.

    One process per owner loads at a time; a second one waits, then finds what is left.
    """
    loaded = Loaded()
    with exclusive(runtime.engine, f"load {runtime.owner}", wait=True):
        while (built := build_from_staging(runtime)) is not None:
            loaded.known += built.known
            loaded.quarantined += built.quarantined
            loaded.refetched += built.refetched
            try:
                validate(runtime, built.batch_id)
            except GateBlocked as blocked:
                log.error("%s", blocked)
                loaded.blocked.append(str(blocked))
                continue
            promoted = promote(runtime, built.batch_id)
            loaded.inserted += promoted.inserted
            loaded.changed += promoted.changed
            loaded.unchanged += promoted.unchanged
            loaded.revalued += promoted.revalued
            if progress is not None:
                progress(loaded)
    return loaded
