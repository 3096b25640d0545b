"""ESI's error limit: so many errors a minute, then 420 for everything until the minute is over."""

from __future__ import annotations

import math
from collections.abc import Callable


class ErrorLimit:
    """Errors are counted in windows of `window_seconds` that follow each other; `clock` gives seconds."""

    def __init__(self, errors: int, window_seconds: float, clock: Callable[[], float]) -> None:
        self.errors = errors
        self.window_seconds = window_seconds
        self._clock = clock
        self._window = 0
        self._counted = 0
        self.most = 0
        """The most errors that one window ever saw."""

    @property
    def remaining(self) -> int:
        """Errors left in this window."""
        self._turn()
        return max(0, self.errors - self._counted)

    @property
    def reset_seconds(self) -> int:
        """Whole seconds until the count starts over, at least 1."""
        return max(1, math.ceil(self.window_seconds - self._clock() % self.window_seconds))

    def note(self, status: int) -> None:
        """Count an answer; 2xx and 3xx are none, nor is the 420 itself."""
        self._turn()
        if status >= 400 and status != 420:
            self._counted += 1
            self.most = max(self.most, self._counted)

    def headers(self) -> dict[str, str]:
        """What every answer says about it."""
        return {
            "X-ESI-Error-Limit-Remain": str(self.remaining),
            "X-ESI-Error-Limit-Reset": str(self.reset_seconds),
        }

    def _turn(self) -> None:
        window = int(self._clock() // self.window_seconds)
        if window != self._window:
            self._window, self._counted = window, 0
