"""How far work has come, how long it has taken, and how long it may take."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with what is done and what is still to do."""


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._started

    def rate(self, count: float) -> float:
        """So many a second, so far."""
        return count / max(self.seconds, 0.001)


class TimeBox:
    """So many seconds from now on; without a number there is no end."""

    def __init__(self, seconds: float | None = None) -> None:
        self._until = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the seconds are over."""
        return self._until is not None and time.monotonic() >= self._until

    def wait(self, seconds: float) -> bool:
        """Wait that long and return True; where that is beyond the end return False at once, and be over."""
        if self._until is not None and time.monotonic() + seconds >= self._until:
            log.info("ESI asks for %.0f s of quiet; the next run goes on", seconds)
            self._until = time.monotonic()
            return False
        time.sleep(seconds)
        return True
