"""What every load does with a batch: begin it, keep it or leave no trace of it, judge it, bring it to core.

Live loads, whole days, repairs and releases differ only in what they fill it with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import date

from sqlalchemy import Connection

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
    """Be the only one who loads under this owner's name: a batch of its own that is unfinished is a dead one's then."""
    with ExitStack() as stack:
        if not stack.enter_context(exclusive(runtime.engine, owner, wait=False)):
            log.info("another run of %s is in progress; waiting for it to finish", owner)
            stack.enter_context(exclusive(runtime.engine, owner, wait=True))
        yield


@contextmanager
def new_batch(
    runtime: Runtime, owner: str, source: str, days: Sequence[date] = (), waived: Container[Reason] = ()
) -> Iterator[BatchBuilder]:
    """A batch of `owner` to be filled, in one transaction: claim, tables and counts exist whole or not at all.

    What the owner's earlier batches left unfinished is given back first. Where nothing comes of the new one, or the
    block raises, it is as if it had never been; `built.is_kept` says so. For `days` and `waived` see db.batches and
    BatchBuilder.
    """
    watch = Stopwatch()
    _abandon_unfinished(runtime, owner)
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


def _abandon_unfinished(runtime: Runtime, owner: str) -> None:
    """Give back what this owner's earlier batches left unfinished, and report other Airflows at work here."""
    with runtime.engine.begin() as connection:
        left = batches.abandon_unfinished(connection, runtime.installation, owner)
        airflows = {runtime.installation, *batches.airflows_at_work(connection)} if runtime.dag_id else set()
    for batch_id in left:
        log.warning("batch %d was left unfinished by a crash; its killmails are taken up again", batch_id)
    if len(airflows) > 1:
        log.warning("%s (This one is %s.)", batches.told_of(airflows), runtime.installation)


def judge_and_promote(runtime: Runtime, batch_id: int, within: Callable[[Connection], None] | None = None) -> Promoted:
    """Send a built batch through the gate and to core; `within` as in `promote`. Raises GateBlocked."""
    validate(runtime, batch_id)
    return promote(runtime, batch_id, within)


def load_batch(runtime: Runtime, built: Built, loaded: Loaded) -> None:
    """The same with a batch that was just built, if it was kept; `loaded` gets the counts, or what blocked it."""
    loaded.count(built)
    if not built.is_kept:
        return
    try:
        loaded.count(judge_and_promote(runtime, built.batch_id))
    except GateBlocked as blocked:
        log.error("%s", blocked)
        loaded.blocked.append(str(blocked))
