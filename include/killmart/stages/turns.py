"""How loads keep out of each other's way: one at a time under one name, and again where PostgreSQL called one off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from psycopg2.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError

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
            log.info("another run of %s is under way; waiting for its end", runtime.owner)
            stack.enter_context(exclusive(runtime.engine, runtime.owner, wait=True))
        yield


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
