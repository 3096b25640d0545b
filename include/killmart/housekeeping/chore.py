"""A chore: counts what it removes, does what it can beside what it cannot, and tells both at its end."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart.timing import Stopwatch

log = logging.getLogger(__name__)

LOCK_SECONDS = 30.0
"""Whoever holds a lock in a chore's way for longer has it leave what is locked to the next run."""
_MOST_TOLD = 5
"""Troubles that the sentence of a failed chore names; the log has them all."""


@dataclass
class Chore:
    """What a chore has done so far, and what it could not do."""

    counts: Counter[str] = field(default_factory=Counter)
    """Rows, files and bytes that were removed, by name."""
    troubles: list[str] = field(default_factory=list)

    def trouble(self, said: str) -> None:
        """Note, and log, in a sentence what could not be done; the rest goes on."""
        log.warning("%s", said)
        self.troubles.append(said)


@contextmanager
def chore(runtime: Runtime, name: str) -> Iterator[Chore]:
    """A chore, from its beginning to its end, where its counts go to the log and to ops.run_metrics (stage `name`).

    A warehouse that is away keeps no chore from its work, only its counts from being recorded. Raises KillmartError,
    after all that could be done, naming what could not.
    """
    watch, work = Stopwatch(), Chore()
    yield work
    done = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in work.counts.items() if count)
    log.info("%s: %s, in %.1f s", name, done or "nothing to do", watch.seconds)
    try:
        with runtime.engine.begin() as connection:
            runtime.record(connection, name, {what: float(count) for what, count in work.counts.items()}, watch)
    except (SQLAlchemyError, KillmartError) as error:
        work.trouble(f"What {name} did could not be recorded in ops.run_metrics: {first_line(error)}.")
    if work.troubles:
        told = work.troubles[:_MOST_TOLD]
        if len(work.troubles) > len(told):
            told.append(f"{len(work.troubles) - len(told):,} more are in the log.")
        raise KillmartError(" ".join(told))


def first_line(error: BaseException) -> str:
    """The first line of what an error says; for one of the database the server's own words."""
    words = str(getattr(error, "orig", None) or error).strip().splitlines()
    return (words[0] if words else type(error).__name__).rstrip(".")
