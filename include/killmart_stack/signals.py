"""SIGTERM, SIGINT and SIGHUP become one exception in the main thread, once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop; `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """While used as a context: the first signal raises Stopped, later ones do nothing, since stopping is under way."""

    def __init__(self) -> None:
        self._over = False
        self._held = False
        self._pending: int | None = None

    def __enter__(self) -> Self:
        for number in NUMBERS:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        self.ignore()

    def ignore(self) -> None:
        """Let no signal disturb from now on."""
        self._over = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let a signal that comes meanwhile wait for the end of the block, which leaves nothing half done."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            if self._pending is not None:  # also where the block failed
                self._handle(self._pending, None)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._over:
            return
        if self._held:
            self._pending = number
            return
        self._over = True
        raise Stopped(number)
