"""EVE Ref's manners, kept by all processes of an installation together: two requests at once, and its pauses.

Through files in one folder: a lock per slot, which the kernel takes back from a process that dies, and a file whose
time says until when everybody is to be quiet.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from killmart.model.waits import LONGEST_PAUSE

AT_ONCE = 2
"""EVE Ref answered 429 to 8 at once."""
DAY_LOCKS = 64
"""So many locks for all the days, so that the folder does not fill with them; days that share one take turns."""
_LOOK_SECONDS = 0.05


class SharedLimits:
    """The limits of every process that uses `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pause = folder / "pause"
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Be one of the two that may make a request; waits for its turn, and for the end of a pause."""
        while True:
            self._sit_out()
            for number in range(AT_ONCE):
                descriptor = _locked(self._folder / f"slot-{number}.lock", wait=False)
                if descriptor is not None:
                    try:
                        self._sit_out()
                        yield
                    finally:
                        os.close(descriptor)
                    return
            time.sleep(_LOOK_SECONDS * (1 + random.random()))

    @contextmanager
    def day(self, number: int) -> Iterator[None]:
        """Be the only one who fetches the day of this ordinal number; waits for its turn."""
        descriptor = _locked(self._folder / f"day-{number % DAY_LOCKS:02}.lock", wait=True)
        try:
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def pause(self, seconds: float) -> None:
        """Have everybody ask nothing for so many seconds."""
        until = max(time.time() + min(seconds, LONGEST_PAUSE), self._until())
        self._pause.touch()
        os.utime(self._pause, (until, until))

    def _until(self) -> float:
        """Unix seconds at which the pause ends; a time too far ahead is a clock that was wrong."""
        try:
            until = self._pause.stat().st_mtime
        except FileNotFoundError:
            return 0.0
        return until if until <= time.time() + LONGEST_PAUSE else 0.0

    def _sit_out(self) -> None:
        while (left := self._until() - time.time()) > 0:
            time.sleep(left)


def _locked(path: Path, *, wait: bool) -> int | None:
    """A descriptor that holds the lock until it is closed; None where another has it and `wait` is off."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
