"""Keeps the parts of a stack alive: what ends is started again, later and later, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy.exc import DBAPIError

from killmart.errors import KillmartError
from killmart_stack.progress import say

MOST_DEATHS = 5
"""So often a part may end within WITHIN_SECONDS before the whole stack gives up."""
WITHIN_SECONDS = 600.0
FIRST_BACKOFF = 1.0
"""Seconds before a part is started again; twice as long after each further death."""
MOST_BACKOFF = 30.0

_Found = TypeVar("_Found")


class SilentError(KillmartError):
    """A part of the stack does not answer: it may have ended, and be back soon."""


class StackPart(Protocol):
    """What the keeper looks after."""

    @property
    def title(self) -> str:
        """What messages call it."""

    def ending(self) -> str | None:
        """How it ended (`exit code 1`, `killed by SIGKILL`), None while it lives."""

    def start(self) -> object:
        """Clear away what it left behind and start it again; raises KillmartError where that is not possible."""

    def where(self) -> str:
        """Where its output is, and how that ends."""


@dataclass
class _Kept:
    part: StackPart
    may_start: Callable[[], bool]
    deaths: list[tuple[float, str]] = field(default_factory=list)
    again_at: float | None = None

    def died(self, ending: str, detail: Callable[[], str]) -> None:
        now = time.monotonic()
        self.deaths = [death for death in self.deaths if now - death[0] <= WITHIN_SECONDS] + [(now, ending)]
        if len(self.deaths) >= MOST_DEATHS:
            endings = ", ".join(how for _, how in self.deaths)
            raise KillmartError(
                f"{self.part.title} ended {len(self.deaths)} times within {WITHIN_SECONDS / 60:.0f} minutes "
                f"({endings}), so it is not started again. Nothing that was committed is lost: mend what its output "
                f"says, then start everything again. {detail()}"
            )
        pause = min(FIRST_BACKOFF * 2 ** (len(self.deaths) - 1), MOST_BACKOFF)
        self.again_at = now + pause
        say(f"{self.part.title} ended ({ending}); it is started again in {pause:.0f} s.")


class Keeper:
    """Looks after parts whenever it is asked to; `held` is a context in which nothing is stopped half-way."""

    def __init__(self, logs: Path, held: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._logs = logs
        self._held = held
        self._kept: list[_Kept] = []

    def keep(self, part: StackPart, may_start: Callable[[], bool] = lambda: True) -> None:
        """Look after a part that runs; after its end it is started once `may_start` says so."""
        self._kept.append(_Kept(part, may_start))

    def check(self) -> None:
        """Start what has ended and waited long enough; raises KillmartError naming a part that ends again and again.

        Parts come in the order in which they were given, since later ones may need earlier ones.
        """
        for kept in self._kept:
            ending = kept.part.ending()
            if ending is None:
                continue
            if kept.again_at is None:
                kept.died(ending, kept.part.where)
            elif time.monotonic() >= kept.again_at and kept.may_start():
                self._start(kept)

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Ask `ready` until it is true, looking after all parts; raises KillmartError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                ended = [f"{kept.part.title} ended ({kept.deaths[-1][1]})." for kept in self._kept if kept.deaths]
                raise KillmartError(
                    " ".join([f"{what} within {seconds:.0f} s.", *ended, f"The logs are in {self._logs}."])
                )
            time.sleep(0.5)

    def _start(self, kept: _Kept) -> None:
        kept.again_at = None
        try:
            with self._held():
                kept.part.start()
        except KillmartError as error:
            reason = str(error)
            kept.died("it did not start", lambda: reason)


def once_more(ask: Callable[[], _Found], recover: Callable[[], None]) -> _Found:
    """What `ask` gives; where the warehouse or Airflow did not answer, asked again after `recover`."""
    try:
        return ask()
    except (SilentError, DBAPIError):
        recover()
        return ask()
