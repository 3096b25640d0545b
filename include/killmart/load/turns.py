"""How loads keep out of each other's way: whose batch is whose, one load at a time under one name, and again where
PostgreSQL called one off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import TypeVar

from psycopg2.errors import DeadlockDetected
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from killmart.db import batches
from killmart.db.locks import exclusive
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_ATTEMPTS = 3


@contextmanager
def alone(runtime: Runtime) -> Iterator[None]:
    """Be the only one who loads under this owner's name: a batch of its own that is unfinished is a dead one's then."""
    with ExitStack() as stack:
        if not stack.enter_context(exclusive(runtime.engine, runtime.owner, wait=False)):
            log.info("another run of %s is in progress; waiting for it to finish", runtime.owner)
            stack.enter_context(exclusive(runtime.engine, runtime.owner, wait=True))
        yield


def abandon_unfinished(runtime: Runtime) -> None:
    """Give back what this owner's earlier batches left unfinished, and report other Airflows at work here."""
    with runtime.engine.begin() as connection:
        left = batches.abandon_unfinished(connection, runtime.installation, runtime.owner)
        airflows = {runtime.installation, *batches.airflows_at_work(connection)} if runtime.dag_id else set()
    for batch_id in left:
        log.warning("batch %d was left unfinished by a crash; its killmails are taken up again", batch_id)
    if len(airflows) > 1:
        log.warning("%s (This one is %s.)", told_of(airflows), runtime.installation)


def told_of(airflows: Collection[str]) -> str:
    """What people should know where several Airflows load into one warehouse."""
    return (
        f"{len(airflows)} Airflows have loaded into this warehouse within a day: {', '.join(sorted(airflows))}. "
        "Nothing is lost by that and none abandons another's batches, but they share feed cursors and the upstreams' "
        "limits: where it is not meant, stop one, or give it a warehouse of its own (connection warehouse)."
    )


def open_batch(runtime: Runtime, connection: Connection, source: str, days: Sequence[date] = ()) -> int:
    """Start a batch of this owner; see `db.batches.open_batch`."""
    return batches.open_batch(
        connection, runtime.owner, source, runtime.dag_id, runtime.run_id, days, runtime.installation
    )


def undeadlocked(work: Callable[[], Result]) -> Result:
    """The result of `work`, one transaction that PostgreSQL may call off because another one wants the same rows."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return work()
        except OperationalError as error:
            if attempt == _ATTEMPTS or not isinstance(error.orig, DeadlockDetected):
                raise
            log.info("PostgreSQL called this transaction off in favour of another; doing it again")
    raise AssertionError("unreachable")
