"""ESI's two limits: a floating window of tokens that answers cost, and so many errors a minute."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable


def token_cost(status: int) -> int:
    """Tokens that an answer of this status costs: 2xx 2, 3xx 1, 4xx 5, 5xx and 429 nothing."""
    return 0 if status == 429 else {2: 2, 3: 1, 4: 5}.get(status // 100, 0)


class TokenBucket:
    """Tokens come back one by one, `window_seconds` after they were spent.

    `clock` gives seconds. One bucket stands for one client address: the simulator takes all its callers for one.
    """

    def __init__(self, tokens: int, window_seconds: float, clock: Callable[[], float]) -> None:
        self.tokens = tokens
        self.window_seconds = window_seconds
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()
        self._used = 0

    @property
    def used(self) -> int:
        """Tokens spent within the window that ends now."""
        self._forget()
        return self._used

    @property
    def remaining(self) -> int:
        """Tokens left, never below 0: the last answer may cost more than was there."""
        return max(0, self.tokens - self.used)

    def spend(self, status: int) -> None:
        """Take what an answer of this status costs."""
        cost = token_cost(status)
        if cost:
            self._spent.append((self._clock(), cost))
            self._used += cost

    def retry_after(self) -> int | None:
        """Whole seconds until a token is left, or None where one is: then ask."""
        self._forget()
        over = self._used - self.tokens
        for spent_at, cost in self._spent:
            if over < 0:
                return None
            over -= cost
            if over < 0:
                return max(1, math.ceil(spent_at + self.window_seconds - self._clock()))
        return None

    def _forget(self) -> None:
        horizon = self._clock() - self.window_seconds
        while self._spent and self._spent[0][0] <= horizon:
            self._used -= self._spent.popleft()[1]


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
