"""What every load does with a batch: begin it, keep it or leave no trace of it, judge it, bring it to core.

Live loads, whole days, repairs and releases differ only in what they fill it with.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import date

from killmart.db import batches
from killmart.db.locks import exclusive
from killmart.db.promotion import Promoted
from killmart.errors import GateBlocked
from killmart.load.build import BatchBuilder, Built
from killmart.load.promote import promote
from killmart.load.validate import validate
from killmart.runtime import Runtime
from killmart.timing import Stopwatch
from killmart.transform.defects import Reason

log = logging.getLogger(__name__)


@dataclass
class Loaded:
    """What batches did, in killmails; `blocked` lists why the gate set some of them aside. Adds up."""

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    known: int = 0
    revalued: int = 0
    quarantined: int = 0
    refetched: int = 0
    blocked: list[str] = field(default_factory=list)

    def count(self, did: Built | Promoted | Loaded) -> None:
        """Add what else was done."""
        for one in fields(Loaded):
            if hasattr(did, one.name):
                setattr(self, one.name, getattr(self, one.name) + getattr(did, one.name))


@contextmanager
def alone(runtime: Runtime, owner: str) -> Iterator[None]:
    """Be the only one who loads under this owner's name; what a dead one left unfinished is given back."""
    with ExitStack() as stack:
        if not stack.enter_context(exclusive(runtime.engine, owner, wait=False)):
            log.info("another run of %s is in progress; waiting for it to finish", owner)
            stack.enter_context(exclusive(runtime.engine, owner, wait=True))
        give_back_unfinished(runtime, owner)
        yield


@contextmanager
def new_batch(
    runtime: Runtime, owner: str, source: str, days: Sequence[date] = (), waived: Container[Reason] = ()
) -> Iterator[BatchBuilder]:
    """A batch of `owner` to be filled, in one transaction: claim, tables and counts exist whole or not at all.

    Where nothing comes of it, or the block raises, it is as if it had never been; `built.is_kept` says so. For `days`
    and `waived` see db.batches and BatchBuilder.
    """
    watch = Stopwatch()
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(
            connection, owner, source, runtime.dag_id, runtime.run_id, days, runtime.installation
        )
        builder = BatchBuilder(connection, batch_id, waived)
        yield builder
        built = builder.finish()
        if not built.is_kept:
            connection.rollback()
            return
        runtime.record(connection, "transform", built.counts() | ({"days": len(days)} if days else {}), watch, batch_id)


def give_back_unfinished(runtime: Runtime, owner: str) -> None:
    """Give back what this owner's earlier batches left unfinished, and report other Airflows at work here."""
    with runtime.engine.begin() as connection:
        left = batches.abandon_unfinished(connection, runtime.installation, owner)
        airflows = {runtime.installation, *batches.airflows_at_work(connection)} if runtime.dag_id else set()
    for batch_id in left:
        log.warning("batch %d was left unfinished by a crash; its killmails are taken up again", batch_id)
    if len(airflows) > 1:
        log.warning("%s (This one is %s.)", batches.told_of(airflows), runtime.installation)


def passes(runtime: Runtime, built: Built, loaded: Loaded) -> bool:
    """Send a batch that was just built through the gate; `loaded` gets its counts, and what blocked it.

    False where it is blocked, and where nothing came of it (`Built.is_kept`), so that there is nothing to promote.
    """
    loaded.count(built)
    if not built.is_kept:
        return False
    try:
        validate(runtime, built.batch_id)
    except GateBlocked as blocked:
        log.error("%s", blocked)
        loaded.blocked.append(str(blocked))
        return False
    return True


def load_batch(runtime: Runtime, built: Built, loaded: Loaded) -> None:
    """Judge a batch that was just built and, where it passes, promote it; `loaded` gets the counts."""
    if passes(runtime, built, loaded):
        loaded.count(promote(runtime, built.batch_id))
